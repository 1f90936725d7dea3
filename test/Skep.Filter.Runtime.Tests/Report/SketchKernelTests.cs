using System;
using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Report;

[Trait("level", "kernel")]
public sealed class SketchKernelTests
{
    private const int SourceAt = 26;

    [Fact]
    public void Sources_ports_and_sizes_are_counted_exactly_while_there_is_room()
    {
        using var loaded = Load("ip saddr 10.0.0.1 ip saddr set 192.0.2.1 pass\ndrop", Sketches.Sources | Sketches.Ports | Sketches.Sizes);
        (string Packet, int Times)[] packets =
        [
            ("tcp 10.0.0.1:1000 > 10.0.0.2:22", 5), ("udp 10.0.0.1:1000 > 10.0.0.2:53", 3), ("udp [2001:db8::7]:1 > [2001:db8::1]:53", 2),
            ("vlan 7 tcp 10.0.0.3:1000 > 10.0.0.2:22", 4), ("sctp 10.0.0.1:1000 > 10.0.0.2:22", 1), ("icmp 10.0.0.4 > 10.0.0.2", 6),
        ];
        ulong bytes = 0;
        foreach (var (text, times) in packets)
        {
            Assert.True(PacketText.TryParse(text, out var spec, out var error), error);
            var data = PacketBuilder.Build(spec);
            for (var i = 0; i < times; i++) loaded.Program.Run(new BpfRun { Data = data });
            bytes += (ulong)(data.Length * times);
        }
        var counts = SketchReader.Read(loaded.Program, loaded.Filter.Plan.Sketches);
        Assert.Equal(
            [("10.0.0.1", 9ul), ("10.0.0.4", 6ul), ("10.0.0.3", 4ul), ("2001:db8::7", 2ul)],
            counts.Sources!.Entries.Select(e => (e.Name, e.Count.Packets)));
        Assert.Equal([("tcp 22", 9ul), ("udp 53", 5ul), ("sctp 22", 1ul)], counts.Ports!.Entries.Select(e => (e.Name, e.Count.Packets)));
        Assert.Equal(new Counter(21, bytes), counts.Sources.Seen);
        Assert.Equal(default, counts.Sources.Missed);
        Assert.Equal(15ul, counts.Ports.Seen.Packets);
        Assert.Equal(new Counter(21, bytes), counts.Sizes!.Aggregate(default(Counter), (sum, s) => sum + s.Count));
    }

    [Theory]
    [InlineData(63, 0)]
    [InlineData(64, 64)]
    [InlineData(127, 64)]
    [InlineData(128, 128)]
    [InlineData(1500, 1024)]
    [InlineData(2048, 2048)]
    public void A_length_is_in_its_class(int length, int from)
    {
        using var loaded = Load("drop", Sketches.Sizes);
        loaded.Program.Run(new BpfRun { Data = new byte[length] });
        var counts = SketchReader.Read(loaded.Program, Sketches.Sizes);
        Assert.Null(counts.Sources);
        var size = Assert.Single(counts.Sizes!, s => s.Count.Packets > 0);
        Assert.Equal((from, new Counter(1, (ulong)length)), (size.From, size.Count));
    }

    [Fact]
    public void More_sources_than_there_is_room_for_stay_within_the_stated_bound()
    {
        using var loaded = Load("drop", Sketches.Sources);
        Assert.True(PacketText.TryParse("udp 10.0.0.1:1000 > 10.0.0.2:53", out var spec, out _));
        var data = PacketBuilder.Build(spec);
        var truth = new Dictionary<uint, ulong>();
        var random = new Random(7);
        const int Packets = 120_000;
        for (var i = 0; i < Packets; i++)
        {
            // Zipf's law over 60,000 addresses, roughly: the rank is inverse to a uniform number.
            var rank = (uint)Math.Min(60_000, 1 / Math.Max(random.NextDouble(), 1e-9) * (random.NextDouble() < 0.5 ? 1 : 20_000));
            truth[rank] = truth.GetValueOrDefault(rank) + 1;
            BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(SourceAt), 0x0b00_0000 + rank);
            loaded.Program.Run(new BpfRun { Data = data });
        }
        Assert.True(truth.Count > 16384, $"{truth.Count} sources fit");
        var sketch = SketchReader.Read(loaded.Program, Sketches.Sources).Sources!;
        Assert.Equal((ulong)Packets, sketch.Seen.Packets);
        Assert.True(sketch.Missed.Packets > 0);
        Assert.Equal((ulong)Packets, sketch.Missed.Packets + sketch.Entries.Aggregate(0ul, (sum, e) => sum + e.Count.Packets));
        foreach (var entry in sketch.Entries)
        {
            var rank = BinaryPrimitives.ReadUInt32BigEndian(System.Net.IPAddress.Parse(entry.Name).GetAddressBytes()) - 0x0b00_0000;
            Assert.InRange(entry.Count.Packets, 1ul, truth[rank]);
            Assert.True(truth[rank] <= entry.Count.Packets + sketch.Missed.Packets);
        }
        var most = truth.MaxBy(t => t.Value);
        Assert.Equal($"11.0.{most.Key >> 8}.{most.Key & 255}", sketch.Entries[0].Name);
    }

    [Fact]
    public void Rules_count_the_same_with_sketches_and_without()
    {
        using var plain = Load(
            "tcp dport 22 drop\nip6 saddr 2001:db8::/32 drop\nlimit rate 1/week burst 3 per ip saddr pass", Sketches.None);
        using var sketched = Load(
            "tcp dport 22 drop\nip6 saddr 2001:db8::/32 drop\nlimit rate 1/week burst 3 per ip saddr pass",
            Sketches.Sources | Sketches.Ports | Sketches.Sizes);
        for (var i = 0; i < 200; i++)
        {
            Assert.True(
                PacketText.TryParse($"{(i % 3 == 0 ? "tcp" : "udp")} 10.0.0.{i % 7}:1000 > 10.0.0.2:{20 + i % 4}", out var spec, out _));
            var data = PacketBuilder.Build(spec);
            Assert.Equal(
                plain.Program.Run(new BpfRun { Data = data }).ReturnValue, sketched.Program.Run(new BpfRun { Data = data }).ReturnValue);
        }
        Assert.Equal(plain.ReadRules(), sketched.ReadRules());
    }

    private static LoadedFilter Load(string rules, Sketches sketches)
    {
        var table = Rules.Table(rules);
        var plan = FilterPlan.Of(table, table.Rules.Count, sketches);
        return LoadedFilter.Load(FilterCompiler.Compile(plan, [.. Enumerable.Range(0, table.Rules.Count)]), "sketch", 0, _ => 1);
    }
}
