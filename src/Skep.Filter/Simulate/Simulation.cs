using Skep.Filter.Evaluate;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Packets.Headers;

namespace Skep.Filter.Simulate;

/// <summary>What rules do to a packet.</summary>
/// <param name="Verdict">The verdict as rule text: <c>drop</c>, <c>redirect eth1</c>, ...</param>
/// <param name="Reason"><c>rule</c>, <c>policy</c> or <c>malformed</c>.</param>
/// <param name="Rule">The deciding rule's place in the table, or -1.</param>
/// <param name="Hits">The places of all rules that were hit, in order.</param>
/// <param name="Packet">The packet as the rules leave it.</param>
public sealed record Simulation(string Verdict, string Reason, int Rule, IReadOnlyList<int> Hits, byte[] Packet);

/// <summary>Decides packets without a device.</summary>
public interface ISimulator : IDisposable
{
    /// <summary>Decides a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="nanoseconds">When it came.</param>
    /// <param name="start">What it begins with.</param>
    /// <param name="length">Its length, where it was cut when it was captured; 0 where it is whole.</param>
    /// <param name="ifIndex">The index of the interface that it comes in by; 0 for that of the simulator.</param>
    /// <returns>What became of it.</returns>
    Simulation Decide(byte[] packet, ulong nanoseconds, PacketStart start = PacketStart.Ethernet, int length = 0, uint ifIndex = 0);
}

/// <summary>Decides by the reference evaluator.</summary>
/// <param name="table">The table; its interfaces are looked up.</param>
/// <param name="iif">The index of the interface that packets come in by.</param>
public sealed class ReferenceSimulator(Table table, uint iif = Interfaces.Loopback) : ISimulator
{
    private readonly Evaluator _evaluator = new(table, static () => (uint)Random.Shared.NextInt64(1L << 32));

    /// <inheritdoc/>
    public Simulation Decide(
        byte[] packet, ulong nanoseconds, PacketStart start = PacketStart.Ethernet, int length = 0, uint ifIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(packet);
        var copy = (byte[])packet.Clone();
        var decision = _evaluator.Decide(copy, nanoseconds, copy.Length, start, length, ifIndex == 0 ? iif : ifIndex);
        var reason = decision.Reason switch { DecisionReason.Rule => "rule", DecisionReason.Policy => "policy", _ => "malformed" };
        return new(RuleFormatter.Format(decision.Verdict), reason, decision.Rule, decision.Hits, copy);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
