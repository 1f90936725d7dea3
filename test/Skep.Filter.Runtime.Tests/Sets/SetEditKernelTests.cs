using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Update;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Tests.Sets;

/// <summary>
/// Elements that are added and deleted in the image that a program reads: after each store the program finds the elements before or those
/// after, and the reader reads what the program finds.
/// </summary>
[Trait("level", "kernel")]
public sealed class SetEditKernelTests
{
    private const ulong Hour = 3_600_000_000_000;

    // In place of how rare single values are.
    private const int Prefixes = 0;

    [Theory]
    [InlineData("ipv4_addr", 300, 1000, 0.9)]
    [InlineData("ipv4_addr; flags timeout", 300, 1000, 0.9)]
    [InlineData("ipv6_addr", 300, 1000, 0.8)]
    [InlineData("ipv6_addr; flags timeout", 300, 1000, 0.8)]
    [InlineData("ipv4_addr . inet_service", 300, 1000, 0.9)]
    [InlineData("ether_addr . ipv4_addr . inet_service", 300, 1000, 0.8)]
    [InlineData("ether_addr . ipv4_addr . inet_service; flags timeout", 300, 1000, 0.8)]
    [InlineData("ipv6_addr; flags interval", 400, 800, 0.5)]
    public void Keys_are_added_and_deleted_one_by_one(string type, int count, int edits, double share) =>
        Run(type, count, edits, share, quotients: int.MaxValue, edges: int.MaxValue);

    [Theory]
    [InlineData("ipv6_addr; flags interval", 400, 800, 0.4)]
    [InlineData("ipv6_addr; flags interval, timeout", 400, 800, 0.2)]
    [InlineData("ipv4_addr; flags interval", 400, 800, 0.4)]
    [InlineData("ipv4_addr; flags interval, timeout", 400, 800, 0.2)]
    public void Prefixes_that_hold_each_other_are_added_to_tables(string type, int count, int edits, double share)
    {
        Run(type, count, edits, share, quotients: int.MaxValue, edges: int.MaxValue, ranges: Prefixes);
        if (!type.Contains("timeout", StringComparison.Ordinal))
            Run(type, count, edits, share, quotients: 1, edges: int.MaxValue, ranges: Prefixes);
    }

    [Theory]
    [InlineData("ipv4_addr", 400, 500, 0.95)]
    [InlineData("ipv4_addr; flags interval", 400, 300, 0.6)]
    public void Values_are_added_to_quotients(string type, int count, int edits, double share) =>
        Run(type, count, edits, share, quotients: 1, edges: 1);

    [Theory]
    [InlineData(20)]
    [InlineData(400)]
    [InlineData(4000)]
    public void Ranges_are_added_to_edges(int count) =>
        Run("ipv4_addr; flags interval", count, 400, 0.9, quotients: int.MaxValue, edges: 1, ranges: 2);

    [Fact]
    public void Ranges_are_added_to_buckets_of_bits() =>
        Run("ipv4_addr; flags interval", 4000, 300, 0.5, quotients: int.MaxValue, edges: 1, ranges: 2, spread: 1 << 15);

    // As LiveSet finds it where it reads all.
    private static void AssertFound(SetLayout layout, ImageMemory memory, SetRows model, Interval[] wanted, ulong now)
    {
        if (!new SetImageLookup(layout, memory).TryFind(wanted, now, out var found)) return;
        var rows = model.Live(now);
        var holder = Enumerable.Range(0, rows.Count).Where(
            at => rows[at].ToArray().Zip(wanted).All(pair => pair.First.Low <= pair.Second.Low && pair.First.High >= pair.Second.High));
        Assert.Equal(holder.Select(at => (string.Join(',', layout.HasRanges ? rows[at].ToArray() : wanted), rows.EndOf(at))),
            found is null ? [] : [(string.Join(',', found.Row), found.End)]);
    }

    private static void Run(string type, int count, int edits, double share, int quotients, int edges, int ranges = 20, int spread = 0)
    {
        var random = new Random(count + edits);
        var fields = type.Split(';')[0].Split(" . ").Select(t => t.Trim() switch
        {
            "ipv4_addr" => "ip saddr",
            "ipv6_addr" => "ip6 saddr",
            "ether_addr" => "ether saddr",
            _ => "udp dport",
        });
        var table = Rules.Table($"set s {{ type {type} }}\n{string.Join(" . ", fields)} @s drop");
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(table), "edit", LoadedFilter.Now, _ => 1);
        var layout = loaded.Filter.Plan.Sets.Single().Layout;
        var now = LoadedFilter.Now;
        var pool = Enumerable.Range(0, 2 * count).Select(_ => Row(layout, random, ranges, spread)).ToArray();
        var model = SetRows.Of(layout.Types.Count, [.. pool.Take(count).SelectMany(r => r)], Ends(layout, now, random, count));
        var (inPlace, refused, length) = (0, 0, 0);
        var memory = Put();
        try
        {
            for (var edit = 0; edit < edits; edit++)
            {
                var (row, isAdded) = (pool[random.Next(pool.Length)], random.Next(2) == 0);
                var end = layout.IsTimed ? Ends(layout, now, random, 1)![0] : SetRows.Forever;
                var one = SetRows.Of(row.Length, row, [end]);
                var missing = -1;
                var after = isAdded ? model.With(one) : model.Without(SetRows.Of(row.Length, row, null), out missing);
                var plan = new SetImageEdit(layout, memory);
                var stores = isAdded ? plan.PlanAdd(row, end, now, 0) : plan.PlanDelete(row, now);
                if (missing >= 0)
                {
                    Assert.Null(stores);
                    continue;
                }
                if (stores is null)
                {
                    refused++;
                    model = after;
                    memory.Dispose();
                    memory = Put();
                    continue;
                }
                inPlace++;
                var (isAfter, isChecked) = (false, edit < 50 || edit % 8 == 0);
                foreach (var store in stores)
                {
                    SetImageEdit.Perform(memory, [store]);
                    if (!isChecked) continue;
                    var read = Read(layout, memory, length);
                    isAfter = isAfter || Same(read, after);
                    Assert.True(isAfter ? Same(read, after) : Same(read, model), $"edit {edit}: neither before nor after");
                    Check(read, row);
                }
                if (isChecked) Assert.True(Same(Read(layout, memory, length), after), $"edit {edit}: not as wanted");
                Assert.Equal(layout.CountOf(after), (long)memory.LoadDouble(SetHeader.Elements));
                model = after;
                Check(model, row);
                Check(model, pool[random.Next(pool.Length)]);
                foreach (var wanted in (Interval[][])[row, pool[random.Next(pool.Length)]]) AssertFound(layout, memory, model, wanted, now);
            }
        }
        finally
        {
            memory.Dispose();
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{inPlace} in place, {refused} by another image");
        Assert.True(inPlace > share * (inPlace + refused), $"{inPlace} in place, {refused} by another image");

        ImageMemory Put()
        {
            var image = SetImage.Write(layout, model, quotients, edges, mayHavePrefixes: edges > 1);
            length = image.Length;
            using var map = SetMaps.CreateImage("s", image);
            loaded.Find(MapRole.Sets)!.Update(BitConverter.GetBytes(0), map);
            return ImageMemory.Open(map);
        }

        void Check(SetRows rows, Interval[] row)
        {
            var most = UInt128.MaxValue >> (128 - DataTypeInfo.BitsOf(layout.Types[0]));
            foreach (var first in (ReadOnlySpan<UInt128>)[row[0].Low, row[0].Low - 1, row[0].High, row[0].High + 1])
            {
                Interval[] values = [Single(first & most), .. row[1..]];
                var wanted = SetRows.Of(row.Length, values, null);
                rows.Without(wanted, out var missing);
                var isHit = loaded.Program.Run(new BpfRun { Data = Packet(layout, values) }).ReturnValue == 1;
                Assert.True(isHit == missing < 0, $"{values[0].Low}: in the set {isHit}");
            }
        }
    }

    private static ulong[]? Ends(SetLayout layout, ulong now, Random random, int count) => !layout.IsTimed ? null
        : [.. Enumerable.Range(0, count).Select(_ => random.Next(3) is var n && n == 0 ? SetRows.Forever : now + (ulong)n * Hour)];

    private static SetRows Read(SetLayout layout, ImageMemory memory, int length)
    {
        var image = new ulong[length / sizeof(ulong)];
        for (var word = 0; word < image.Length; word++) image[word] = memory.LoadDouble(word * sizeof(ulong));
        return SetImageReader.Read(layout, MemoryMarshal.AsBytes(image.AsSpan()).ToArray()).Live(LoadedFilter.Now);
    }

    private static bool Same(SetRows left, SetRows right) =>
        left.Ranges.SequenceEqual(right.Ranges) && Enumerable.Range(0, left.Count).All(row => left.EndOf(row) == right.EndOf(row));

    private static Interval[] Row(SetLayout layout, Random random, int ranges, int spread) =>
    [
        .. layout.Types.Select(type => DataTypeInfo.BitsOf(type) switch
        {
            128 when ranges == Prefixes => Prefix6(random),
            32 when ranges == Prefixes => Interval.FromPrefix(
                0x0a000000 + ((UInt128)random.Next(300) << 8) + (UInt128)random.Next(2), random.GetItems([24, 28, 32], 1)[0], 32),
            128 => Single(new UInt128(0x20010db8_00000000 + (ulong)random.Next(64), (ulong)random.Next(40))),
            48 => Single(0x525400000000 + (ulong)random.Next(30)),
            32 when layout.HasRanges && random.Next(ranges) != 0 => Range(random, spread),
            32 => Single(Address(random, spread)),
            _ => Single((UInt128)random.Next(53, 80)),
        }),
    ];

    // Few are in each other: a hole in one of them makes prefixes of many lengths, and another image.
    private static Interval Prefix6(Random random)
    {
        var kind = random.Next(3);
        var subnet = (ulong)(200 * kind + random.Next(205)) << 17;
        var value = new UInt128(0x20010db8_00000000 + subnet + (ulong)random.Next(2), (ulong)random.Next(3));
        return Interval.FromPrefix(value, kind == 2 ? 128 : 48 + 16 * kind, 128);
    }

    private static Interval Range(Random random, int spread)
    {
        var low = Address(random, spread);
        var high = low + (UInt128)random.Next(1, 40);
        return low >> SetEdges.LowBits == high >> SetEdges.LowBits ? new(low, high) : Single(low);
    }

    // Many close to each other, some at the ends of a bucket and of all addresses.
    private static UInt128 Address(Random random, int spread) => spread > 0 ? 0x0a000000 + (UInt128)random.Next(spread)
        : random.Next(8) switch
        {
            0 => (UInt128)((uint)random.Next(0, 4) << SetEdges.LowBits),
            1 => (UInt128)(((uint)random.Next(0, 4) << SetEdges.LowBits) | SetEdges.LowMask),
            2 => uint.MaxValue - (UInt128)random.Next(3),
            3 => (UInt128)(uint)random.NextInt64(),
            _ => 0x0a000000 + (UInt128)random.Next(1 << 12),
        };

    private static Interval Single(UInt128 value) => new(value, value);

    private static byte[] Packet(SetLayout layout, Interval[] row)
    {
        var spec = new PacketSpec { EtherType = 0x0800, Protocol = 17, Source = 1, Destination = 1 };
        for (var part = 0; part < row.Length; part++)
        {
            var value = row[part].Low;
            spec = DataTypeInfo.BitsOf(layout.Types[part]) switch
            {
                128 => spec with { EtherType = 0x86dd, Source = value },
                48 => spec with { EtherSource = (ulong)value & 0xffff_ffff_ffff },
                32 => spec with { Source = (uint)value },
                _ => spec with { DestinationPort = (ushort)value },
            };
        }
        return PacketBuilder.Build(spec);
    }
}
