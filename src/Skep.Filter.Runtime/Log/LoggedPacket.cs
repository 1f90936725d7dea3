using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Log;

/// <summary>A rule that logged.</summary>
/// <param name="Id">The id that its counters live under.</param>
/// <param name="Line">Its line in the rule file.</param>
/// <param name="Text">The rule.</param>
/// <param name="Verdict">Its verdict as rule text: <c>drop</c>, <c>continue</c>, <c>redirect eth1</c>, ...</param>
public sealed record LoggedRule(string Id, int Line, string Text, string Verdict);

/// <summary>A packet that a rule logged.</summary>
/// <param name="Nanoseconds">When, from 1970 on.</param>
/// <param name="Rule">The rule; null when it belonged to a version of the table that is no longer known.</param>
/// <param name="Device">The device that it came in by.</param>
/// <param name="Queue">The device's receive queue.</param>
/// <param name="Length">The packet's bytes, from its Ethernet header on where it has one.</param>
/// <param name="Bytes">The first of them, as they were at the statement.</param>
public sealed record LoggedPacket(ulong Nanoseconds, LoggedRule? Rule, string Device, uint Queue, int Length, byte[] Bytes)
{
    /// <summary>What it begins with.</summary>
    public PacketStart Start { get; init; }
}
