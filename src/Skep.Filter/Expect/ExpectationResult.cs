using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Simulate;
using Skep.Packets.Building;

namespace Skep.Filter.Expect;

/// <summary>What became of an expectation.</summary>
/// <param name="Expectation">What was expected.</param>
/// <param name="Packet">The packet.</param>
/// <param name="Actual">What the table did to it.</param>
/// <param name="Differences">In what that differs; empty when the expectation holds.</param>
public sealed record ExpectationResult(
    Expectation Expectation, byte[] Packet, Simulation Actual, IReadOnlyList<string> Differences)
{
    /// <summary>Whether the table did what was expected.</summary>
    public bool Holds => Differences.Count == 0;

    /// <summary>Decides the packet of an expectation.</summary>
    /// <param name="expectation">The expectation.</param>
    /// <param name="table">The table.</param>
    /// <param name="simulator">Decides by the table.</param>
    /// <param name="ifIndex">The index of the interface that the packet comes in by.</param>
    /// <returns>What became of it.</returns>
    public static ExpectationResult Of(Expectation expectation, Table table, ISimulator simulator, uint ifIndex)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(simulator);
        var packet = PacketBuilder.Build(expectation.Packet);
        var actual = simulator.Decide(packet, 0, ifIndex: ifIndex);
        var differences = new List<string>();
        var verdict = RuleFormatter.Format(expectation.Verdict);
        if (actual.Verdict != verdict) differences.Add($"the verdict is {actual.Verdict}, expected {verdict}");
        if (expectation.Decider is { } decider && (decider.Reason != actual.Reason || decider.Rule != actual.Rule))
            differences.Add($"decided by {Describe(actual.Reason, actual.Rule, table)}, expected by "
                + Describe(decider.Reason, decider.Rule, table));
        if (expectation.Rewritten is { } rewritten)
            differences.AddRange(Rewrites.Compare(PacketBuilder.Build(rewritten), actual.Packet));
        return new(expectation, packet, actual, differences);
    }

    private static string Describe(string reason, int rule, Table table) => rule < 0
        ? reason : $"rule {rule + 1} in line {table.Rules[rule].Line}";
}
