using System;
using CsCheck;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Tests.Maps;

/// <summary>
/// The program finds in a set's image exactly the values that the model says are in the set, at and around each of its edges.
/// </summary>
[Trait("level", "kernel")]
public sealed class SetImageKernelTests
{
    private static readonly Gen<uint> Place = Gen.OneOf(
        Gen.UInt, Gen.UInt[0x0a000000, 0x0a0fffff], Gen.UInt[0x0a000000, 0x0a0000ff], Gen.OneOf(
            0u, 1u, uint.MaxValue, uint.MaxValue - 1, 0x80000000u, 0x7fffffffu));

    private static readonly Gen<(uint, uint)> Range = Gen.OneOf(
        Place.Select(a => (a, a)), Place.Select(a => (a, a)), Place.Select(
            Gen.UInt[0, 12], (a, n) => (a, a > uint.MaxValue - n ? uint.MaxValue : a + n)),
        Place.Select(Gen.Int[1, 32], (a, l) => (a & (uint.MaxValue << (32 - l)), a | ~(uint.MaxValue << (32 - l)))));

    private static readonly Gen<int> Count = Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, 40], Gen.Int[200, 3000]);

    [Theory]
    [InlineData("type ipv4_addr; flags interval")]
    [InlineData("type ipv4_addr; flags interval, timeout")]
    public void Ranges_of_addresses(string head) => Count.SelectMany(n => Range.Array[n, n]).Select(Gen.Int[0, 2]).Sample(
        (ranges, only) => Compare4(head, ranges, only), iter: 25, threads: 1);

    [Theory]
    [InlineData("type ipv4_addr")]
    [InlineData("type ipv4_addr; flags timeout")]
    public void Single_addresses(string head) => Count.SelectMany(n => Place.Array[n, n]).Sample(
        values => Compare4(head, [.. values.Select(v => (v, v))], 0), iter: 25, threads: 1);

    [Theory]
    [InlineData("type ipv6_addr", false)]
    [InlineData("type ipv6_addr; flags timeout", false)]
    [InlineData("type ipv6_addr; flags interval", true)]
    [InlineData("type ipv6_addr; flags interval, timeout", true)]
    public void Addresses_of_128_bits(string head, bool ranges) =>
        Count.SelectMany(n => Place.Select(Place, Gen.Int[0, 3], Gen.Int[20, 128]).Array[n, n]).Sample(rows =>
    {
        var elements = rows.Select(r =>
        {
            UInt128 a = r.Item1, b = r.Item2;
            var value = r.Item3 switch { 0 => (a << 96) | b, 1 => ((UInt128)0x20010db8 << 96) | (a << 32) | b, 2 => (a << 64) | b, _ => a };
            return ranges ? Interval.FromPrefix(value, r.Item4, 128) : new(value, value);
        }).ToArray();
        Compare(
            $"set s {{ {head}; elements = {{ "
            + $"{string.Join(", ", elements.Select(e => $"{AddressText.FormatIpv6(e.Low)}-{AddressText.FormatIpv6(e.High)}"))} }} }}\nip6 "
            + $"saddr @s drop",
            elements.Take(400).SelectMany(e => new[] { e.Low, e.High, e.Low - 1, e.High + 1 }), v =>
                new PacketSpec { EtherType = 0x86dd, Protocol = 17, Source = v, Destination = 1 });
    }, iter: 20, threads: 1);

    [Theory]
    [InlineData("ipv4_addr . inet_service", false)]
    [InlineData("ipv4_addr . inet_service; flags timeout", false)]
    [InlineData("ipv4_addr . inet_service; flags interval", true)]
    [InlineData("ipv4_addr . inet_service; flags interval, timeout", true)]
    [InlineData("ether_addr . ipv4_addr . inet_service", false)]
    [InlineData("ipv4_addr . ether_addr . inet_service; flags timeout", false)]
    [InlineData("ipv4_addr . ether_addr . inet_service; flags interval", true)]
    public void Joined_values(string type, bool ranges)
    {
        var withMac = type.Contains("ether", StringComparison.Ordinal);
        (ranges ? Gen.OneOf(Gen.Int[0, 3], Gen.Int[4, 200]) : Count).SelectMany(
            n => Range.Select(Gen.Int[0, 3], Gen.Int[50, 60], Gen.Int[0, 9]).Array[n, n]).Sample(rows =>
        {
            var text = rows.Select(r =>
            {
                var (low, high) = ranges ? r.Item1 : (r.Item1.Item1, r.Item1.Item1);
                var address = $"{AddressText.FormatIpv4(low)}-{AddressText.FormatIpv4(high)}";
                var mac = $"52:54:00:00:00:0{r.Item2}";
                var port = ranges ? $"{r.Item3}-{r.Item3 + r.Item4}" : $"{r.Item3}";
                return type.StartsWith("ether", StringComparison.Ordinal)
                    ? $"{mac} . {address} . {port}"
                    : withMac
                    ? $"{address} . {mac} . {port}"
                    : $"{address} . {port}";
            });
            var fields = type.StartsWith("ether", StringComparison.Ordinal)
                ? "ether saddr . ip saddr . udp dport"
                : withMac
                ? "ip saddr . ether saddr . udp dport"
                : "ip saddr . udp dport";
            var values = rows.Take(200).SelectMany(
                r =>
                    new[] { (r.Item1.Item1, r.Item2, r.Item3), (
                        r.Item1.Item2,
                        r.Item2,
                        r.Item3 + r.Item4), (r.Item1.Item2 + 1, r.Item2, r.Item3), (r.Item1.Item1, r.Item2 ^ 1, r.Item3 - 1) });
            Compare($"set s {{ type {type}; elements = {{ {string.Join(", ", text)} }} }}\n{fields} @s drop", values, v => new PacketSpec
            {
                EtherType = 0x0800,
                Protocol = 17,
                Source = v.Item1,
                Destination = 1,
                EtherSource = 0x525400000000UL + (ulong)v.Item2,
                DestinationPort = (ushort)v.Item3,
            });
        }, iter: 15, threads: 1);
    }

    [Fact]
    public void Values_of_16_bits() =>
        Gen.UShort.Select(
            Gen.UShort[0, 300],
            (a, n) => (a, Math.Min(65535, a + n))).Array[0, 60].Select(Gen.OneOf("", "; flags interval, timeout")).Sample((ranges, flags) =>
        Compare(
            $"set s {{ type inet_service{flags}; elements = {{ {string.Join(", ", ranges.Select(r => $"{r.a}-{r.Item2}"))} }} }}\nudp "
            + $"dport @s drop",
            ranges.SelectMany(r => new[] { r.a, r.Item2, r.a - 1, r.Item2 + 1 }).Select(v => (ushort)v), v =>
                new PacketSpec { EtherType = 0x0800, Protocol = 17, Source = 2, Destination = 1, DestinationPort = v }), iter: 20,
                    threads: 1);

    [Theory]
    [InlineData("type ipv4_addr", "203.0.113.9")]
    [InlineData("type ipv4_addr; flags interval", "203.0.112.0/22")]
    public void Many_addresses_are_quotients(string head, string more)
    {
        var random = new Random(3);
        var addresses = Enumerable.Range(0, SetQuotients.Fewest + 1000).Select(_ => (uint)random.Next() << 1).ToHashSet();
        var table = Rules.Read(
            $"table t {{ set s {{ {head}; file \"feed\"; elements = {{ {more} }} }}\nip saddr @s drop }}",
            string.Join('\n', addresses.Select(a => AddressText.FormatIpv4(a)))).Table!;
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(table), "many", LoadedFilter.Now, _ => 1);
        var set = loaded.Filter.Plan.Sets.Single();
        var image = SetImage.Write(set.Layout, SetRows.Of(set.Elements, null, 0));
        Assert.InRange(image.Length, 2 * addresses.Count, 5 * addresses.Count);
        Assert.Equal(set.Elements.Ranges.ToArray(), SetImageReader.Read(set.Layout, image).Ranges.ToArray());
        foreach (var address in addresses.Take(20_000))
        {
            Assert.True(IsHit(address));
            Assert.Equal(head.Contains("interval", StringComparison.Ordinal) && address >> 10 == 0xcb007000 >> 10, IsHit(address + 1));
        }
        Assert.True(IsHit(0xcb007109));

        bool IsHit(uint address) =>
            loaded.Program.Run(
                new BpfRun
                {
                    Data = PacketBuilder.Build(
                    new PacketSpec { EtherType = 0x0800, Protocol = 17, Source = address, Destination = 1 })
                }).ReturnValue == 1;
    }

    [Fact]
    public void The_permutation_is_undone() =>
        Gen.ULong.Select(Gen.ULong, Gen.Int[17, 64]).Sample((value, seed, bits) =>
        {
            var mask = ulong.MaxValue >> (64 - bits);
            var permuted = SetPermutation.Do(value & mask, seed & mask, mask, (bits + 1) / 2);
            return permuted <= mask && SetPermutation.Undo(permuted, seed & mask, mask, (bits + 1) / 2) == (value & mask);
        });

    private static void Compare4(string head, (uint Low, uint High)[] ranges, int only)
    {
        // Some sets with few ranges among many single addresses, some with many.
        var kept = ranges.Where((r, i) => only == 0 || r.Low == r.High || (only == 1 && i < 40)).ToArray();
        string TimeoutOf((uint Low, uint High) r) =>
            !head.Contains("timeout", StringComparison.Ordinal) || r.Low % 3 == 0 ? "" : r.Low % 3 == 1 ? " timeout 1ms" : " timeout 1h";
        var elements = string.Join(
            ", ", kept.Select(r => $"{AddressText.FormatIpv4(r.Low)}-{AddressText.FormatIpv4(r.High)}{TimeoutOf(r)}"));
        Compare($"set s {{ {head}; elements = {{ {elements} }} }}\nip saddr @s drop", kept.Take(1500).SelectMany(
            r => new[] { r.Low, r.High, r.Low - 1, r.High + 1 }),
            v => new PacketSpec { EtherType = 0x0800, Protocol = 17, Source = v, Destination = 1 });
    }

    private static void Compare<T>(string text, IEnumerable<T> values, Func<T, PacketSpec> toPacket)
    {
        var table = Rules.Table(text);
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(table), "image", LoadedFilter.Now - 1_000_000_000, _ => 1);
        var evaluator = new Evaluator(table, () => 0);
        evaluator.Decide(new byte[14], 0);
        var packets = values.Select(v => PacketBuilder.Build(toPacket(v))).ToArray();
        var expected = Array.ConvertAll(packets, p => evaluator.Decide(p.ToArray(), 1_000_000_000).Verdict.Kind == VerdictKind.Drop);
        Check("");
        if (loaded.Filter.Plan.Sets.ToArray() is not [var set] || !SetQuotients.IsFor(set.Layout) || set.Structure == SetStructure.Bitmap)
            return;

        // The same elements as a large set would keep them.
        var rows = SetRows.Of(set.Elements, set.Set.DefaultTimeout, 0);
        var image = SetImage.Write(set.Layout, rows, fewestQuotients: 1);
        Assert.Equal(rows.Ranges.ToArray(), SetImageReader.Read(set.Layout, image).Ranges.ToArray());
        using (var map = SetMaps.CreateImage(set.Set.Name, image))
            loaded.Find(MapRole.Sets)!.Update(BitConverter.GetBytes(set.Number), map);
        Check(", by quotients");
        if (!SetEdges.IsFor(set.Layout) || rows.Count == 0) return;
        image = SetImage.Write(set.Layout, rows, fewestEdges: 1, mayHavePrefixes: false);
        Assert.Equal(rows.Ranges.ToArray(), SetImageReader.Read(set.Layout, image).Ranges.ToArray());
        using (var map = SetMaps.CreateImage(set.Set.Name, image))
            loaded.Find(MapRole.Sets)!.Update(BitConverter.GetBytes(set.Number), map);
        Check(", by edges");

        void Check(string how)
        {
            for (var i = 0; i < packets.Length; i++)
            {
                var isHit = loaded.Program.Run(new BpfRun { Data = packets[i] }).ReturnValue == 1;
                if (isHit != expected[i])
                    Assert.Fail(
                        $"{PacketText.Format(packets[i])}: in the set {isHit}, expected "
                        + $"{expected[i]}{how}\n{text[..Math.Min(text.Length, 3000)]}");
            }
        }
    }
}
