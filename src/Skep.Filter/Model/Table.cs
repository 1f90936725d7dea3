using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>How a program is attached to a device.</summary>
public enum AttachMode
{
    /// <summary>In the driver where it can, else in the network core.</summary>
    Auto,

    /// <summary>In the driver only.</summary>
    Native,

    /// <summary>In the network core only.</summary>
    Generic,
}

/// <summary>A checked rule file. The first rule with a terminal verdict that hits a packet decides it.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="Devices">The devices named in the file; may be empty.</param>
/// <param name="Mode">How to attach.</param>
/// <param name="Policy">The verdict when no rule decides: pass or drop.</param>
/// <param name="Malformed">
/// The verdict for packets with a malformed header, given before any rule; null to try the rules on the headers that are present.
/// </param>
/// <param name="Sets">The named sets.</param>
/// <param name="Rules">The rules, in order.</param>
public sealed record Table(
    string Name,
    ValueList<string> Devices,
    AttachMode Mode,
    VerdictKind Policy,
    VerdictKind? Malformed,
    ValueList<Set> Sets,
    ValueList<Rule> Rules)
{
    /// <summary>What it tracks of all packets.</summary>
    public Sketches Track { get; init; }

    /// <summary>Finds a set by name.</summary>
    /// <param name="name">The name, without the at sign.</param>
    /// <returns>The set, or null.</returns>
    public Set? FindSet(string name)
    {
        foreach (var set in Sets)
            if (set.Name == name) return set;
        return null;
    }
}
