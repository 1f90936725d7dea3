using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>Long lists decide as the first rule that matches, found by looking at one after the other.</summary>
[Trait("level", "kernel")]
public sealed class RuleListKernelTests : IDisposable
{
    private readonly PacketBatch _batch = new();

    public void Dispose() => _batch.Dispose();

    [Theory]
    [InlineData(ListShape.AccessList, 1000, ClassifierMemory.Arena, 200_000)]
    [InlineData(ListShape.AccessList, 100_000, ClassifierMemory.Arena, 20_000)]
    [InlineData(ListShape.Firewall, 1000, ClassifierMemory.Arena, 200_000)]
    [InlineData(ListShape.Firewall, 1000, ClassifierMemory.Array, 80_000)]
    [InlineData(ListShape.Firewall, 10_000, ClassifierMemory.Arena, 80_000)]
    [InlineData(ListShape.AccessList, 100_000, ClassifierMemory.Array, 20_000)]
    [InlineData(ListShape.Firewall, 100_000, ClassifierMemory.Arena, 20_000)]
    [InlineData(ListShape.Chain, 1000, ClassifierMemory.Arena, 200_000)]
    [InlineData(ListShape.Chain, 10_000, ClassifierMemory.Array, 80_000)]
    [InlineData(ListShape.Chain, 100_000, ClassifierMemory.Arena, 20_000)]
    [InlineData(ListShape.Exact, 100_000, ClassifierMemory.Arena, 20_000)]
    [InlineData(ListShape.Lengths, 10_000, ClassifierMemory.Arena, 40_000)]
    [InlineData(ListShape.Crossing, 100, ClassifierMemory.Arena, 80_000)]
    [InlineData(ListShape.Crossing, 3000, ClassifierMemory.Arena, 80_000)]
    [InlineData(ListShape.Crossing, 400, ClassifierMemory.Array, 40_000)]
    public void Decides_as_the_first_rule_that_matches(ListShape shape, int count, ClassifierMemory memory, int decisions)
    {
        ArenaSupport.IsRequired(memory);
        var random = new Random(count);
        var rules = new ListGenerator(count).Make(shape, count);
        using var loaded = Load(Rules.Read(ListGenerator.Table(rules)).Table!, memory);
        Assert.NotEmpty(loaded.Filter.Plan.Lists);
        Compare(
            loaded, decisions, () => ListPackets.For(rules[random.Next(rules.Length)], random), packet => ListPackets.First(rules, packet),
            rule => rule < 0 || rules[rule].Passes ? 2u : 1u);
    }

    [Theory]
    [InlineData(1000, ClassifierMemory.Arena)]
    [InlineData(3000, ClassifierMemory.Array)]
    public void Decides_as_the_evaluator_with_all_kinds_of_matches(int count, ClassifierMemory memory)
    {
        ArenaSupport.IsRequired(memory);
        var random = new Random(count);
        var rules = new ListGenerator(count).Make(ListShape.Mixed, count);
        var table = Rules.Read(ListGenerator.Table(rules)).Table!;
        using var loaded = Load(table, memory);
        Assert.NotEmpty(loaded.Filter.Plan.Lists);
        var evaluator = new Evaluator(table, () => 0);
        Compare(loaded, PacketBatch.Capacity / 2, () => ListPackets.For(rules[random.Next(rules.Length)], random),
            packet => evaluator.Decide(packet.ToArray(), 0).Rule, rule => rule < 0 || rules[rule].Passes ? 2u : 1u);
    }

    /// <summary>The frames of a program that reads all fields and of the functions that it calls fit into what the kernel allows.</summary>
    [Theory]
    [InlineData(ClassifierMemory.Arena)]
    [InlineData(ClassifierMemory.Array)]
    public void A_list_with_all_fields_loads(ClassifierMemory memory)
    {
        ArenaSupport.IsRequired(memory);
        string[] all =
        [
            "ether saddr 52:54:00:00:00:01", "ether daddr 52:54:00:00:00:02", "ether type arp", "vlan id 7", "vlan pcp 3",
            "ip saddr 10.0.0.1", "ip daddr 10.0.0.2", "ip protocol tcp", "ip ttl 7", "ip dscp ef", "ip length 60", "ip frag none",
            "ip6 saddr 2001:db8::1", "ip6 daddr 2001:db8::2", "ip6 nexthdr tcp", "ip6 hoplimit 7", "ip6 dscp ef", "ip6 length 60",
            "ip6 frag none", "tcp sport 1", "tcp dport 2", "tcp flags syn", "udp sport 1", "udp dport 2", "sctp sport 1",
            "sctp dport 2", "icmp type 3", "icmp code 4", "icmpv6 type 1", "icmpv6 code 0", "meta length 60", "meta l4proto tcp",
            "meta nfproto ipv4", "meta iif 7",
        ];
        Assert.Equal(FieldInfo.All.Count, all.Length);
        var sets = Enumerable.Range(0, 9).Select(i => $"set s{i} {{ type ipv4_addr; flags interval; elements = {{ 10.{i}.0.0/16 }} }}");
        var uses = Enumerable.Range(0, 9).SelectMany(i => (string[])[$"ip saddr @s{i} drop", $"ip daddr @s{i} drop"]);
        var crossing = new ListGenerator(1).Make(ListShape.Crossing, memory == ClassifierMemory.Arena ? 400 : 100).Select(r => r.Text);
        var rules =
            sets.Concat(uses).Concat(all.Select(match => $"{match} drop")).Concat(crossing).Append("tcp dport 9 log sample 1/10 drop");
        using var loaded = Load(Rules.ReadRules(string.Join('\n', rules)).Table!, memory);
        Assert.NotEmpty(loaded.Filter.Plan.Lists);
    }

    /// <summary>What stands in the place of a field that a packet does not have is no part of another field.</summary>
    [Theory]
    [InlineData(ClassifierMemory.Arena)]
    [InlineData(ClassifierMemory.Array)]
    public void Fields_that_a_packet_lacks_do_not_reach_others(ClassifierMemory memory)
    {
        ArenaSupport.IsRequired(memory);
        const uint index = 0x7f5f3f1f;
        using var space = new TestNamespace();
        space.Ip($"link add d0 index {index} type veth peer name d1");
        var icmp = Enumerable.Range(0, 20).Select(i => $"icmp type {i} icmp code {i} drop");
        var udp = Enumerable.Range(0, 20).Select(i => $"ip saddr 10.0.0.{i} udp dport {i} drop");
        using var loaded = Load(Rules.ReadRules(string.Join('\n', icmp.Concat(udp))).Table!, memory);
        var random = new Random(7);
        for (var i = 0u; i < 20; i++)
        {
            var rule = new ListedRule("", 17, new(0x0a000000 + i, 0x0a000000 + i), new(0, uint.MaxValue), new(0, 65535), new(i, i));
            var packet = ListPackets.For(rule, random);
            while (ListPackets.First([rule], packet) < 0) packet = ListPackets.For(rule, random);
            _batch.Add(packet, i);
        }
        NetworkNamespace.RunIn(space.Name, () =>
        {
            _batch.Decide(loaded, index);
            return 0;
        });
        Assert.All(loaded.ReadRules()[20..], count => Assert.Equal(1UL, count.Packets));
    }

    private void Compare(
        LoadedFilter loaded, int decisions, Func<byte[]> next, Func<byte[], int> first, Func<int, uint> actionOf)
    {
        var counts = new ulong[loaded.Filter.CounterSlots.Count];
        for (var decided = 0; decided < decisions;)
        {
            var packets = new List<byte[]>();
            _batch.Clear();
            while (packets.Count < Math.Min(PacketBatch.Capacity, decisions - decided))
            {
                packets.Add(next());
                _batch.Add(packets[^1], (ulong)decided);
            }
            _batch.Decide(loaded);
            for (var i = 0; i < packets.Count; i++)
            {
                var rule = first(packets[i]);
                if (rule >= 0) counts[rule]++;
                if (_batch.ActionOf(i) != actionOf(rule))
                    Assert.Fail(
                        $"action {_batch.ActionOf(i)}, expected {actionOf(rule)} by rule {rule}: {Convert.ToHexString(packets[i])}\n"
                        + (rule < 0 ? "" : Format.RuleFormatter.Format(loaded.Filter.Plan.Table.Rules[rule])));
            }
            decided += packets.Count;
        }
        var counted = loaded.ReadRules();
        for (var rule = 0; rule < counts.Length; rule++) Assert.Equal(counts[rule], counted[rule].Packets);
        Assert.True(counts.Count(c => c > 0) > 20, "hardly any rule was hit");
    }

    private static LoadedFilter Load(Table table, ClassifierMemory memory)
    {
        var plan = FilterPlan.Of(table, table.Rules.Count, memory: memory, searched: 1);
        var compiled = FilterCompiler.Compile(plan, [.. Enumerable.Range(0, table.Rules.Count)]);
        return LoadedFilter.Load(compiled, "list", LoadedFilter.Now, _ => 1);
    }
}
