using System;
using CsCheck;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Tests.Sets;

/// <summary>Elements count the packets that the reference evaluator counts for them, whatever the set is held in.</summary>
[Trait("level", "kernel")]
public sealed class CountedSetKernelTests
{
    [Theory]
    [InlineData("type ipv4_addr", 0, 400)]
    [InlineData("type ipv4_addr; flags timeout", 0, 400)]
    [InlineData("type ipv4_addr; flags interval", 1, 400)]
    [InlineData("type ipv4_addr; flags interval", 20, 400)]
    [InlineData("type ipv4_addr; flags interval", 1, 6000)]
    [InlineData("type ipv4_addr; flags interval, timeout", 1, 400)]
    [InlineData("type ipv4_addr; flags interval, timeout", 1, 6000)]
    [InlineData("type ipv6_addr", 0, 400)]
    [InlineData("type ipv6_addr; flags timeout", 0, 400)]
    [InlineData("type ipv6_addr; flags interval", 2, 400)]
    [InlineData("type ipv6_addr; flags interval", 1, 6000)]
    [InlineData("type ipv6_addr; flags interval, timeout", 2, 6000)]
    public void Addresses(string head, int rangeOneIn, int count)
    {
        var isWide = head.Contains("ipv6", StringComparison.Ordinal);
        var random = new Random(count + rangeOneIn + head.Length);
        var (elements, values, at) = (new List<string>(), new List<UInt128>(), isWide ? (UInt128)0x20010db8 << 96 : 0x0a000000);
        for (var i = 0; i < count; i++)
        {
            // Neighbours touch as often as not: each counts by itself.
            at += (UInt128)(random.Next(2) == 0 ? 0 : 1 + random.Next(300)) << (isWide && random.Next(4) == 0 ? 60 : 0);
            var last = rangeOneIn > 0 && random.Next(rangeOneIn) == 0 ? at + (UInt128)random.Next(20) : at;
            var timeout = head.Contains("timeout", StringComparison.Ordinal) ? random.Next(3) : 0;
            elements.Add(
                $"{Text(at)}{(last == at ? "" : "-" + Text(last))}{(random.Next(5) == 0 ? " counter packets 9 bytes 99" : "")}"
                + timeout switch { 0 => "", 1 => " timeout 1ms", _ => " timeout 1h" });
            if (i < 700) values.AddRange([at, last, last + 1, at - 1]);
            at = last + 1;
        }
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values));
        Compare(
            $"set s {{ {head}; counter; elements = {{ {string.Join(", ", elements)} }} }}\n{(isWide ? "ip6" : "ip")} saddr @s continue\n"
            + $"{(isWide ? "ip6" : "ip")} saddr != @s udp dport 1-9 continue\nudp dport 7 {(isWide ? "ip6" : "ip")} saddr @s drop",
            values.Select((v, i) => PacketBuilder.Build(
                new PacketSpec
                {
                    EtherType = isWide ? (ushort)0x86dd : (ushort)0x0800, Protocol = 17, Source = v, Destination = 1,
                    DestinationPort = (ushort)(i % 2 == 0 ? 7 : 53), PayloadLength = i % 50,
                })));

        string Text(UInt128 value) => isWide ? AddressText.FormatIpv6(value) : AddressText.FormatIpv4((uint)value);
    }

    [Theory]
    [InlineData("ipv4_addr . inet_service; counter", false)]
    [InlineData("ipv4_addr . inet_service; flags timeout; counter", false)]
    [InlineData("ipv4_addr . inet_service; flags interval; counter packets 3", true)]
    [InlineData("ipv4_addr . inet_service; flags interval, timeout; counter", true)]
    [InlineData("inet_service; counter", false)]
    [InlineData("inet_service; flags interval; counter", true)]
    public void Joined_values_and_ports(string type, bool ranges)
    {
        var isJoined = type.Contains(" . ", StringComparison.Ordinal);
        var random = new Random(type.Length);
        var elements = Enumerable.Range(0, 120).Select(i => isJoined
            ? $"10.0.{i % 7}.{i % 11}{(ranges && i % 3 == 0 ? $"-10.0.{i % 7}.{i % 11 + 3}" : "")} . {i % 5 + 50}"
                + $"{(ranges && i % 4 == 0 ? $"-{i % 5 + 52}" : "")}"
                + (type.Contains("timeout", StringComparison.Ordinal) && i % 5 < 2 ? " timeout 1h" : "")
            : ranges ? $"{10 * i}-{10 * i + i % 10}" : $"{3 * i + 40}").DistinctBy(e => e.Replace(" timeout 1h", ""));
        Compare(
            $"set s {{ type {type}; elements = {{ {string.Join(", ", elements)} }} }}\n{(isJoined ? "ip saddr . " : "")}udp dport @s drop",
            Enumerable.Range(0, 3000).Select(i => PacketBuilder.Build(new PacketSpec
            {
                EtherType = 0x0800, Protocol = 17, Source = 0x0a000000 + (UInt128)(random.Next(8) << 8 | random.Next(16)), Destination = 1,
                DestinationPort = (ushort)(isJoined ? random.Next(49, 60) : random.Next(1300)),
            })));
    }

    private static void Compare(string text, IEnumerable<byte[]> packets)
    {
        var table = Rules.Table(text);
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(table), "counted", LoadedFilter.Now - 1_000_000_000, _ => 1);
        var evaluator = new Evaluator(table, () => 0);
        evaluator.Decide(new byte[14], 0);
        foreach (var packet in packets)
        {
            evaluator.Decide(packet.ToArray(), 1_000_000_000);
            loaded.Program.Run(new BpfRun { Data = packet });
        }
        var expected = evaluator.ElementCounts("s");
        Assert.Equal(expected, ElementCountReader.Read(loaded, loaded.Filter.Plan.Sets.Single()));
        Assert.True(expected.Count(c => c.Packets > 0) > expected.Count / 20, "hardly an element counts");
    }
}
