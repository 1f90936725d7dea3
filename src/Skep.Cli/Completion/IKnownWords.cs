namespace Skep.Cli.Completion;

/// <summary>An object that is loaded.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its type, by bpftool's name.</param>
/// <param name="Name">Its name; empty for none.</param>
/// <param name="Tag">The tag of a program; else empty.</param>
internal readonly record struct KnownObject(uint Id, string Type, string Name, string Tag = "");

/// <summary>What a machine has names for.</summary>
internal interface IKnownWords
{
    /// <summary>Tables that filter a device.</summary>
    IReadOnlyList<string> Tables { get; }

    /// <summary>Network devices.</summary>
    IReadOnlyList<string> Devices { get; }

    /// <summary>Network namespaces that have a name.</summary>
    IReadOnlyList<string> Namespaces { get; }

    /// <summary>Loaded objects.</summary>
    /// <param name="kind">What help calls the argument: <c>PROG</c>, <c>MAP</c>, <c>LINK</c> or <c>BTF</c>.</param>
    IReadOnlyList<KnownObject> Objects(string kind);
}
