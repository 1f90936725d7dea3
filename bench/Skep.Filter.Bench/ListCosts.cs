using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Skep.Bpf;
using Skep.Packets.Building;
using Skep.Testing;

namespace Skep.Filter.Bench;

/// <summary>
/// What a packet costs against the number of rules: one packet again and again (hit by the first rule, by the last, by none), and 2^17
/// different headers (all hit, none). Net of an empty program, and of one that only writes the headers.
/// </summary>
internal static class ListCosts
{
    private const int Headers = 1 << 17, Turns = 5, Repeat = 1_000_000;

    internal static void Run(int[] sizes)
    {
        using var empty = Subject.Empty();
        using var writes = HeaderFeed.Alone(Make(1, Headers, hits: true));
        Console.WriteLine($"{"rules",9} {"first",7} {"last",7} {"none",7} {"all of 2^17",12} {"none of 2^17",13} {"load ms",8} {"MB",6}");
        foreach (var size in sizes)
        {
            var rules = new ListGenerator(1).Make(ListShape.Exact, size);
            var before = GC.GetTotalAllocatedBytes();
            var watch = Stopwatch.StartNew();
            using var list = Subject.Of(string.Join('\n', rules.Select(r => r.Text)));
            var load = watch.ElapsedMilliseconds;
            var allocated = (GC.GetTotalAllocatedBytes() - before) >> 20;
            using var hits = HeaderFeed.Before(list, Make(size, Headers, hits: true));
            using var misses = HeaderFeed.Before(list, Make(size, Headers, hits: false));
            (BpfProgram Program, byte[] Packet)[] runs =
            [
                (empty.Program, empty.Packet), (writes.Program, empty.Packet),
                (list.Program, Packet(rules[0])), (list.Program, Packet(rules[^1])), (list.Program, empty.Packet),
                (hits.Program, empty.Packet), (misses.Program, empty.Packet),
            ];
            var best = Best(runs);
            var net = new[] { best[2] - best[0], best[3] - best[0], best[4] - best[0], best[5] - best[1], best[6] - best[1] };
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{size,9} {net[0],7} {net[1],7} {net[2],7} {net[3],12} {net[4],13} {load,8} {allocated,6}"));
            string[] names = ["first", "last", "none", "distinct_hit", "distinct_none"];
            for (var i = 0; i < names.Length; i++) Fact($"filter_rules_{size}_{names[i]}", net[i], "ns");
            Fact($"filter_rules_{size}_load", load, "ms");
        }
    }

    private static long[] Best((BpfProgram Program, byte[] Packet)[] runs)
    {
        var best = new long[runs.Length];
        Array.Fill(best, long.MaxValue);
        for (var turn = 0; turn < Turns; turn++)
            for (var i = 0; i < runs.Length; i++)
                best[i] = Math.Min(best[i], runs[i].Program.Run(new BpfRun { Data = runs[i].Packet, Repeat = Repeat }).DurationNs);
        return best;
    }

    private static byte[] Packet(ListedRule rule) => PacketBuilder.Build(new()
    {
        Source = rule.Source.Low, Destination = 0x0a000002, SourcePort = 1000, DestinationPort = (ushort)rule.DestinationPorts.Low,
    });

    /// <summary>Source addresses and destination ports, as they are in a packet.</summary>
    private static byte[] Make(int size, int count, bool hits)
    {
        var random = new Random(2);
        var rules = hits ? new ListGenerator(1).Make(ListShape.Exact, size) : [];
        var bytes = new byte[HeaderFeed.Bytes * count];
        for (var i = 0; i < count; i++)
        {
            var rule = hits ? rules[random.Next(size)] : default;
            var at = bytes.AsSpan(HeaderFeed.Bytes * i);
            BinaryPrimitives.WriteUInt32BigEndian(at, hits ? rule.Source.Low : (uint)random.NextInt64(1L << 32));
            BinaryPrimitives.WriteUInt16BigEndian(at[4..], (ushort)(hits ? rule.DestinationPorts.Low : (uint)random.Next(60001, 65536)));
        }
        return bytes;
    }

    private static void Fact(string name, long value, string unit)
    {
        if (Environment.GetEnvironmentVariable("FACTS") is { Length: > 0 } facts)
            File.AppendAllText(facts, string.Create(CultureInfo.InvariantCulture, $"{name}\t{Math.Max(0, value)}\t{unit}\n"));
    }
}
