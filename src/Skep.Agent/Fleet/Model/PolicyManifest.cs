namespace Skep.Agent.Fleet.Model;

/// <summary>A version of a policy: which files it has, and where their contents are.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its number, from 1.</param>
/// <param name="Time">When it was pushed: RFC 3339, UTC.</param>
/// <param name="By">Who pushed it: user and machine.</param>
/// <param name="Files">Its files, in the order of their paths.</param>
public sealed record PolicyManifest(string Name, long Version, string Time, string By, IReadOnlyList<FleetFile> Files)
{
    /// <summary>The hashes of all pieces and differences that it names.</summary>
    public IEnumerable<string> Objects => Files.SelectMany(file => file.Chunks.Concat(file.Deltas.Select(delta => delta.Object)));
}

/// <summary>A file of a policy.</summary>
/// <param name="Path">Its path, as the other files name it.</param>
/// <param name="Kind">What it is: <c>filter</c>, <c>guard</c>, <c>alert</c> or <c>set</c>.</param>
/// <param name="Sha256">The hash of its content.</param>
/// <param name="Size">The bytes of its content.</param>
/// <param name="Chunks">The hashes of the pieces that make the content; one that is the content itself where it is short.</param>
public sealed record FleetFile(string Path, string Kind, string Sha256, long Size, IReadOnlyList<string> Chunks)
{
    /// <summary>What is to be changed of earlier contents to have this one.</summary>
    public IReadOnlyList<FleetDelta> Deltas { get; init; } = [];
}

/// <summary>How a content is made of an earlier one.</summary>
/// <param name="From">The hash of the earlier content.</param>
/// <param name="Object">The hash of the difference.</param>
public sealed record FleetDelta(string From, string Object);

/// <summary>What files of a policy are.</summary>
public static class FileKinds
{
    /// <summary>Rules of a packet filter.</summary>
    public const string Filter = "filter";

    /// <summary>A policy of guard.</summary>
    public const string Guard = "guard";

    /// <summary>Rules of alerts.</summary>
    public const string Alert = "alert";

    /// <summary>Elements of sets, which a rule file names.</summary>
    public const string Set = "set";
}
