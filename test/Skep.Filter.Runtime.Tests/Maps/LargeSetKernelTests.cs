using System;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Programs;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Tests.Maps;

/// <summary>Large sets of prefixes and ranges that overlap and touch: the program and the reader agree with the list of elements.</summary>
[Trait("level", "kernel")]
public sealed class LargeSetKernelTests
{
    private const int Most = 100_000, Packets = 20_000;

    [Theory]
    [InlineData(1, Most, Shape.Spread)]
    [InlineData(2, Most, Shape.Dense)]
    [InlineData(3, SetEdges.Fewest / 2, Shape.Spread)]
    [InlineData(4, 4 * SetEdges.Fewest, Shape.Mixed)]
    [InlineData(5, Most, Shape.Neighbours)]
    public void IPv4_ranges_and_prefixes(int seed, int count, Shape shape) => Compare("ipv4_addr", "ip saddr", 32, seed, count, shape);

    [Theory]
    [InlineData(6, Most, Shape.Spread)]
    [InlineData(7, Most, Shape.Dense)]
    [InlineData(8, 3000, Shape.Mixed)]
    public void IPv6_ranges_and_prefixes(int seed, int count, Shape shape) => Compare("ipv6_addr", "ip6 saddr", 128, seed, count, shape);

    public enum Shape
    {
        Spread,
        Dense,
        Mixed,
        Neighbours,
    }

    private static void Compare(string type, string field, int bits, int seed, int count, Shape shape)
    {
        var random = new Random(seed);
        var all = bits == 32 ? uint.MaxValue : UInt128.MaxValue;
        var ranges = new List<Interval>();

        // The ends of all values are edges that no other value is behind.
        ranges.Add(new(0, 2));
        ranges.Add(new(all - 3, all));
        while (ranges.Count < count) ranges.Add(Next(random, bits, all, shape, ranges.Count));
        string Text(Interval r) =>
            bits == 32
                ? $"{AddressText.FormatIpv4((uint)r.Low)}-{AddressText.FormatIpv4((uint)r.High)}"
                : $"{AddressText.FormatIpv6(r.Low)}-{AddressText.FormatIpv6(r.High)}";
        var table =
            Rules.Read(
                $"table t {{ set s {{ type {type}; flags interval; file \"feed\" }}\n{field} @s drop }}",
                string.Join('\n', ranges.Select(Text))).Table!;
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(table), "large", LoadedFilter.Now, _ => 1);
        var set = loaded.Filter.Plan.Sets.Single();
        var image = SetImage.Write(set.Layout, SetRows.Of(set.Elements, null, 0));
        Assert.Equal(set.Elements.Ranges.ToArray(), SetImageReader.Read(set.Layout, image).Ranges.ToArray());
        for (var i = 0; i < Packets; i++)
        {
            var range = i < 4 ? ranges[i / 2] : ranges[random.Next(ranges.Count)];
            var value = random.Next(5) switch
            {
                0 => range.Low,
                1 => range.High,
                2 => range.Low == 0 ? all : range.Low - 1,
                3 => range.High == all ? 0 : range.High + 1,
                _ => Any(random, bits),
            };
            Assert.True(
                set.Elements.Contains([value]) == IsHit(value),
                $"{(bits == 32 ? AddressText.FormatIpv4((uint)value) : AddressText.FormatIpv6(value))} of seed {seed}");
        }

        bool IsHit(UInt128 value) =>
            loaded.Program.Run(
                new BpfRun
                {
                    Data = PacketBuilder.Build(
                        new PacketSpec
                        {
                            EtherType = bits == 32 ? (ushort)0x0800 : (ushort)0x86dd, Protocol = 17, Source = value, Destination = 1
                        })
                }).ReturnValue == 1;
    }

    private static Interval Next(Random random, int bits, UInt128 all, Shape shape, int number)
    {
        var value = Any(random, bits);
        if (shape == Shape.Neighbours)
        {
            // So close that the words of a bucket cannot hold the edges.
            value = ((UInt128)0x0a000000 << (bits - 32)) + (UInt128)(32 * number);
            return new(value, value + 15);
        }
        if (shape == Shape.Dense || (shape == Shape.Mixed && random.Next(2) == 0))
            value = ((UInt128)0xc0a80000 << (bits - 32)) | (value & (((UInt128)1 << (bits == 32 ? 19 : 40)) - 1));
        if (random.Next(3) == 0)
        {
            var last = value + (UInt128)random.Next(1, 60);
            return last > all || last < value ? new(value, value) : new(value, last);
        }
        return Interval.FromPrefix(value, random.Next(bits - (bits == 32 ? 8 : 70), bits + 1), bits);
    }

    private static UInt128 Any(Random random, int bits) =>
        bits == 32 ? (UInt128)(uint)random.NextInt64() : new UInt128((ulong)random.NextInt64() << 1, (ulong)random.NextInt64() << 1);
}
