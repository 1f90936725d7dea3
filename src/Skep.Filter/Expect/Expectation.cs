using Skep.Filter.Model;
using Skep.Packets.Building;

namespace Skep.Filter.Expect;

/// <summary>What is expected to decide a packet.</summary>
/// <param name="Reason"><c>rule</c>, <c>policy</c> or <c>malformed</c>.</param>
/// <param name="Rule">The rule's place in the table, or -1.</param>
public readonly record struct Decider(string Reason, int Rule = -1);

/// <summary>What a table is expected to do to a packet.</summary>
/// <param name="Line">The line of the file, from 1.</param>
/// <param name="Text">It as it is written.</param>
/// <param name="Interface">The interface that the packet comes in by: its name or index; null where none is named.</param>
/// <param name="Packet">The packet.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Decider">What decides; null for anything.</param>
/// <param name="Rewritten">The packet as the rules leave it; null for any.</param>
public sealed record Expectation(
    int Line, string Text, string? Interface, PacketSpec Packet, Verdict Verdict, Decider? Decider, PacketSpec? Rewritten);
