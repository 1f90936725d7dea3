using Skep.Bpf;
using Skep.Filter.Runtime.State;
using Skep.Linux.Network;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Devices;

/// <summary>A device that a change of a table concerns, and what is on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Netns">Its network namespace as the user named it, or empty.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Pin">The name of the pin of its link, which may not be there yet.</param>
internal sealed record ClaimedDevice(string Name, string Netns, uint Index, string Pin)
{
    /// <summary>The link that goes on; null when there is none yet.</summary>
    internal AppliedLink? Link { get; init; }

    /// <summary>How the link's program runs: <c>native</c>, <c>generic</c>; empty without a link.</summary>
    internal string Mode { get; init; } = "";

    /// <summary>When the link was made.</summary>
    internal DateTimeOffset Since { get; init; }

    /// <summary>Whether the link is another table's.</summary>
    internal bool IsTaken { get; init; }

    /// <summary>The foreign program to replace; null when there is none.</summary>
    internal ForeignProgram? Foreign { get; init; }

    /// <summary>What its packets begin with.</summary>
    internal PacketStart Start { get; init; }

    /// <summary>Whether the device is one of the table's after the change.</summary>
    internal bool Stays { get; init; } = true;

    /// <summary>The program that runs there now; 0 for none.</summary>
    internal uint From => Link?.Info.ProgramId ?? Foreign?.ProgramId ?? 0;
}

/// <summary>An XDP program on a device that no table brought there.</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="Mode">Where it runs: not in the card.</param>
/// <param name="LinkId">Its link; 0 when it was attached without.</param>
/// <param name="Description">It in words.</param>
internal sealed record ForeignProgram(uint ProgramId, XdpProgramMode Mode, uint LinkId, string Description)
{
    internal XdpMode XdpMode => Mode == XdpProgramMode.Driver ? XdpMode.Native : XdpMode.Generic;
}
