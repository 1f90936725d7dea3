namespace Skep.Filter.Model;

/// <summary>What a table tracks of all packets besides its rules' counts (<c>track</c>); each costs time on every packet.</summary>
[Flags]
public enum Sketches
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Packets and bytes by IP source address, as the packets came in.</summary>
    Sources = 1,

    /// <summary>Packets and bytes by protocol and destination port.</summary>
    Ports = 2,

    /// <summary>Packets and bytes by frame length.</summary>
    Sizes = 4,
}
