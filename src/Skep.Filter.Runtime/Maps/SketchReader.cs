using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Maps;

/// <summary>One of the most that a sketch knows.</summary>
/// <param name="Name">An address, or a protocol and a port such as <c>tcp 443</c>.</param>
/// <param name="Count">What was counted for it: never more than there was.</param>
public readonly record struct SketchEntry(string Name, Counter Count);

/// <summary>What a sketch with bounded memory has kept.</summary>
/// <param name="Entries">All that it knows, most packets first.</param>
/// <param name="Seen">What it was shown in all.</param>
/// <param name="Missed">What is in no entry. An entry's true count is at most its count and this.</param>
public sealed record Sketch(IReadOnlyList<SketchEntry> Entries, Counter Seen, Counter Missed);

/// <summary>Packets of some lengths.</summary>
/// <param name="From">The least length in bytes.</param>
/// <param name="To">The greatest; null for no limit.</param>
/// <param name="Count">What was counted.</param>
public readonly record struct SizeClass(int From, int? To, Counter Count);

/// <summary>What a table's sketches have counted since it was applied; null for those that it was applied without.</summary>
/// <param name="Sources">By source address.</param>
/// <param name="Ports">By protocol and destination port.</param>
/// <param name="Sizes">By frame length.</param>
public sealed record SketchCounts(Sketch? Sources, Sketch? Ports, IReadOnlyList<SizeClass>? Sizes);

/// <summary>Reads the sketches of an attached program out of the maps that it uses.</summary>
internal static class SketchReader
{
    internal static SketchCounts Read(BpfProgram program, Sketches sketches)
    {
        var maps = new Dictionary<string, BpfMap>();
        try
        {
            foreach (var id in program.GetMapIds())
                if (BpfMap.TryOpenById(id, out _) is { } map && !maps.TryAdd(map.Info.Name, map)) map.Dispose();
            if (!maps.TryGetValue(SketchLayout.SeenName, out var seenMap)) return new(null, null, null);

            // What was seen is counted after the entry, and so read before it: nothing seems missed that is not.
            var seen = Sum(seenMap);
            return new(
                maps.TryGetValue(SketchLayout.SourcesName, out var sources)
                    ? Read(sources, At(seen, SketchLayout.SourcesSeen), SourceName) : null,
                maps.TryGetValue(SketchLayout.PortsName, out var ports) ? Read(ports, At(seen, SketchLayout.PortsSeen), PortName) : null,
                sketches.HasFlag(Sketches.Sizes) ? Sizes(seen) : null);
        }
        finally
        {
            foreach (var map in maps.Values) map.Dispose();
        }
    }

    private static SizeClass[] Sizes(byte[] seen)
    {
        int[] starts = [0, .. SketchLayout.SizeStarts];
        return [
            .. starts.Select(
                (from, i) =>
                    new SizeClass(from, i + 1 < starts.Length ? starts[i + 1] - 1 : null, At(seen, i * (int)SketchLayout.CounterBytes)))];
    }

    private static Sketch Read(BpfMap map, Counter seen, Func<ReadOnlySpan<byte>, string> name)
    {
        var all = map.ReadAll();
        var entries = new List<SketchEntry>(all.Count);
        Counter kept = default;
        for (var i = 0; i < all.Count; i++)
        {
            Counter count = default;
            var value = all.Value(i);
            for (var at = 0; at < value.Length; at += map.Info.PerCpuStride) count += At(value, at);
            kept += count;
            entries.Add(new(name(all.Key(i)), count));
        }
        entries.Sort(
            (a, b) => b.Count.Packets.CompareTo(a.Count.Packets) is not 0 and var order ? order : string.CompareOrdinal(a.Name, b.Name));
        return new(entries, seen, new(Less(seen.Packets, kept.Packets), Less(seen.Bytes, kept.Bytes)));
    }

    private static byte[] Sum(BpfMap map)
    {
        var values = new byte[map.Info.UserValueSize];
        var sum = new byte[map.Info.ValueSize];
        if (!map.TryLookup(new byte[sizeof(uint)], values)) return sum;
        var numbers = MemoryMarshal.Cast<byte, ulong>(sum.AsSpan());
        for (var at = 0; at < values.Length; at += map.Info.PerCpuStride)
        {
            var one = MemoryMarshal.Cast<byte, ulong>(values.AsSpan(at, sum.Length));
            for (var i = 0; i < numbers.Length; i++) numbers[i] += one[i];
        }
        return sum;
    }

    private static Counter At(ReadOnlySpan<byte> bytes, int at) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + 8)..]));

    private static ulong Less(ulong whole, ulong part) => whole > part ? whole - part : 0;

    private static string SourceName(ReadOnlySpan<byte> key)
    {
        var (high, low) = (BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[8..]));
        return high == 0 && low >> 32 == 0xffff ? AddressText.FormatIpv4((uint)low) : AddressText.FormatIpv6(new UInt128(high, low));
    }

    private static string PortName(ReadOnlySpan<byte> key)
    {
        var number = BinaryPrimitives.ReadUInt64LittleEndian(key);
        return $"{(number >> 16) switch { 6 => "tcp", 17 => "udp", _ => "sctp" }} {number & 0xffff}";
    }
}
