using System.Buffers.Binary;
using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>The entries of the maps that hold sets.</summary>
internal static class SetContents
{
    /// <summary>The value of an element that does not run out.</summary>
    private const ulong Forever = 0;

    /// <summary>The bits of a bitmap.</summary>
    internal static byte[] Bits(ElementList elements)
    {
        var bits = new byte[SetPlan.BitmapBytes];
        foreach (var range in elements.Ranges)
            for (var value = (int)range.Low; value <= (int)range.High; value++) bits[value >> 3] |= (byte)(1 << (value & 7));
        return bits;
    }

    /// <summary>Keys and values of a hash or a trie, one after the other; values are the times when elements run out.</summary>
    /// <param name="plan">The set.</param>
    /// <param name="now">The time of loading, by CLOCK_MONOTONIC in nanoseconds.</param>
    internal static (byte[] Keys, byte[] Values) Entries(SetPlan plan, ulong now)
    {
        var keys = new MemoryStream();
        var values = new MemoryStream();
        if (plan.Structure == SetStructure.Hash) WriteHash(plan, now, keys, values);
        else WriteTrie(plan, now, keys, values);
        return (keys.ToArray(), values.ToArray());
    }

    /// <summary>When a row runs out.</summary>
    internal static ulong EndOf(SetPlan plan, int row, ulong now) =>
        (plan.Elements.TimeoutOf(row) ?? plan.Set.DefaultTimeout) is { } timeout ? now + (ulong)timeout.Ticks * 100 : Forever;

    private static void WriteHash(SetPlan plan, ulong now, MemoryStream keys, MemoryStream values)
    {
        // A value may stand in several rows with different timeouts: the longest counts.
        var ends = new Dictionary<string, ulong>(plan.Elements.Count);
        Span<byte> bytes = stackalloc byte[16];
        var key = new byte[plan.HashKeyBytes];
        for (var row = 0; row < plan.Elements.Count; row++)
        {
            var at = 0;
            for (var i = 0; i < plan.Set.Types.Count; i++)
            {
                var value = plan.Elements[row][i].Low;
                if (plan.Set.Types[i] == DataType.Ipv6Addr)
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(key.AsSpan(at), (ulong)(value >> 64));
                    at += 8;
                }
                BinaryPrimitives.WriteUInt64LittleEndian(key.AsSpan(at), (ulong)value);
                at += 8;
            }
            var text = Convert.ToHexString(key);
            var end = EndOf(plan, row, now);
            if (ends.TryGetValue(text, out var other)) end = end == Forever || other == Forever ? Forever : Math.Max(end, other);
            ends[text] = end;
        }
        foreach (var (text, end) in ends)
        {
            keys.Write(Convert.FromHexString(text));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, end);
            values.Write(bytes[..8]);
        }
    }

    private static void WriteTrie(SetPlan plan, ulong now, MemoryStream keys, MemoryStream values)
    {
        var bits = DataTypeInfo.BitsOf(plan.Set.Types[0]);
        var room = plan.TrieBytes * 8;
        Span<byte> bytes = stackalloc byte[16];
        foreach (var (range, end) in Segments(plan, now))
        {
            foreach (var (low, length) in Prefixes(range, bits))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(length + room - bits));
                keys.Write(bytes[..4]);
                BinaryPrimitives.WriteUInt128BigEndian(bytes, low);
                keys.Write(bytes[(16 - plan.TrieBytes)..]);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, end);
                values.Write(bytes[..8]);
            }
        }
    }

    /// <summary>The ranges cut where one begins or ends, each with the longest time among those that cover it: the longest prefix of a trie would hide a longer time.</summary>
    internal static IEnumerable<(Interval Range, ulong End)> Segments(SetPlan plan, ulong now)
    {
        var rows = new List<(Interval Range, ulong End)>();
        for (var row = 0; row < plan.Elements.Count; row++) rows.Add((plan.Elements[row][0], EndOf(plan, row, now)));
        if (!plan.RunsOut) return rows;

        var limit = UInt128.MaxValue;
        var cuts = new SortedSet<UInt128>();
        foreach (var (range, _) in rows)
        {
            cuts.Add(range.Low);
            if (range.High != limit) cuts.Add(range.High + 1);
        }
        var starts = cuts.ToList();
        var segments = new List<(Interval, ulong)>();
        var live = new List<(Interval Range, ulong End)>();
        var next = 0;
        for (var i = 0; i < starts.Count; i++)
        {
            for (; next < rows.Count && rows[next].Range.Low <= starts[i]; next++) live.Add(rows[next]);
            live.RemoveAll(r => r.Range.High < starts[i]);
            if (live.Count == 0) continue;
            var end = live.Exists(r => r.End == Forever) ? Forever : live.Max(r => r.End);
            segments.Add((new(starts[i], i + 1 < starts.Count ? starts[i + 1] - 1 : limit), end));
        }
        return segments;
    }

    /// <summary>The fewest prefixes that make up a range.</summary>
    internal static IEnumerable<(UInt128 Low, int Length)> Prefixes(Interval range, int bits)
    {
        for (var low = range.Low; ;)
        {
            var host = low == 0 ? bits : Math.Min(bits, (int)UInt128.TrailingZeroCount(low));
            while (host > 0 && Interval.Mask(host) > range.High - low) host--;
            yield return (low, bits - host);
            var last = low + Interval.Mask(host);
            if (last >= range.High) yield break;
            low = last + 1;
        }
    }
}
