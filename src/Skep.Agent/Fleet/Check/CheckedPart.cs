using Skep.Agent.Fleet.Model;
using Skep.Filter.Model;
using Skep.Guard.Syntax;

namespace Skep.Agent.Fleet.Check;

/// <summary>What is enforced as one: a table, the policies of guard, the rules of alerts.</summary>
/// <param name="Key">Which.</param>
/// <param name="Sum">The hash of all that it is made of.</param>
internal sealed record CheckedPart(string Key, string Sum)
{
    /// <summary>The table, where it is one.</summary>
    public Table? Table { get; init; }

    /// <summary>Where the table comes from.</summary>
    public TableOrigin? Origin { get; init; }

    /// <summary>The policies of guard, where it is those.</summary>
    public IReadOnlyList<PolicyFile> Guard { get; init; } = [];

    /// <summary>The files of alerts, where it is those.</summary>
    public IReadOnlyList<PolicyContent> Alerts { get; init; } = [];
}

/// <summary>Where a table comes from.</summary>
/// <param name="File">The rule file, in its policy.</param>
/// <param name="Sha256">The hash of that.</param>
/// <param name="Policy">The version of the policy; null where the files are of none yet.</param>
internal sealed record TableOrigin(string File, string Sha256, PolicyManifest? Policy);

/// <summary>Names of parts.</summary>
internal static class PartKeys
{
    /// <summary>All policies of guard.</summary>
    public const string Guard = "guard";

    /// <summary>All rules of alerts.</summary>
    public const string Alerts = "alerts";

    private const string Tables = "table ";

    /// <summary>A table.</summary>
    public static string Table(string name) => Tables + name;

    /// <summary>The name of a table; null when it is another part.</summary>
    public static string? TableOf(string key) => key.StartsWith(Tables, StringComparison.Ordinal) ? key[Tables.Length..] : null;
}
