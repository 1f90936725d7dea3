using Skep.Filter.Model;
using Skep.Packets.Headers;

namespace Skep.Filter.Evaluate;

/// <summary>Why a packet got its verdict.</summary>
public enum DecisionReason
{
    /// <summary>A rule gave it.</summary>
    Rule,

    /// <summary>No rule decided, so the policy did.</summary>
    Policy,

    /// <summary>The table decides malformed packets before its rules.</summary>
    Malformed,
}

/// <summary>What was decided for a packet.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">Where it comes from.</param>
/// <param name="Rule">The deciding rule's place in the table, from 0, or -1.</param>
/// <param name="Hits">The places of all rules that were hit, the deciding one included, in order.</param>
/// <param name="Logged">What was logged, in order.</param>
/// <param name="Headers">Where the packet's headers are.</param>
public sealed record Decision(
    Verdict Verdict,
    DecisionReason Reason,
    int Rule,
    IReadOnlyList<int> Hits,
    IReadOnlyList<LogEntry> Logged,
    PacketHeaders Headers);

/// <summary>A packet that a rule logged.</summary>
/// <param name="Rule">The rule's place in the table.</param>
/// <param name="Packet">The packet as it was then.</param>
public readonly record struct LogEntry(int Rule, byte[] Packet);

/// <summary>What a rule has counted.</summary>
/// <param name="Packets">Packets that it hit.</param>
/// <param name="Bytes">Their bytes, from the Ethernet header on, as they came in.</param>
public readonly record struct RuleCount(ulong Packets, ulong Bytes);
