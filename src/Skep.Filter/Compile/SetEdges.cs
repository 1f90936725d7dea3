using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>
/// Many ranges of values of 32 bits as the edges between what is in the set and what is not. The leading 17 bits of a value name its
/// bucket, whose edges are numbers of 15 bits; a value is in the set when an odd number of them is at or below it. They stand four to a
/// word, each with a clear bit above it, so that one subtraction compares four (L. Lamport, Multiple Byte Processing with Full-Word
/// Instructions, 1975). For each bucket a number in an index: the place of its first word times 32, and how many words it has. No bucket
/// crosses a page. One with too many edges has a page with a bit for each value instead, and the number of its words is 0.
/// </summary>
/// <param name="Index">Whole pages of numbers of 4 bytes.</param>
/// <param name="Words">Whole pages of words of 8 bytes: first those of bits.</param>
internal readonly record struct SetEdges(byte[] Index, byte[] Words)
{
    /// <summary>From so many ranges on it is faster than a search in their records, which has jumps that no processor foresees.</summary>
    internal const int Fewest = 1 << 12;

    internal const int LowBits = 15, LowMask = (1 << LowBits) - 1;
    internal const int WordsPerPage = SetLayout.PageBytes / sizeof(ulong), IndexPerPage = SetLayout.PageBytes / sizeof(uint);
    internal const int CountBits = 5, MostWords = (1 << CountBits) - 1;
    internal const ulong EachLane = 0x0001_0001_0001_0001, Guards = EachLane << LowBits;
    private const int PerWord = 4, MostLanes = MostWords * PerWord, Buckets = 1 << (32 - LowBits);

    /// <summary>Whether ranges can be kept so.</summary>
    internal static bool IsFor(SetLayout layout) =>
        layout is { Structure: SetStructure.Ranges, KeyBytes: 4, IsTimed: false, IsCounted: false };

    /// <summary>Writes ranges that are sorted and do not overlap.</summary>
    internal static SetEdges Fill(IEnumerable<Interval> ranges, int count)
    {
        var edges = new List<uint>(2 * count);
        foreach (var range in ranges)
        {
            edges.Add((uint)range.Low);
            if (range.High != uint.MaxValue) edges.Add((uint)range.High + 1);
        }
        return Fill(CollectionsMarshal.AsSpan(edges));
    }

    /// <summary>Reads the ranges of all buckets; one that goes on in the next bucket is two.</summary>
    internal static void Read(ReadOnlySpan<byte> index, ReadOnlySpan<byte> words, List<Interval> ranges)
    {
        var entries = MemoryMarshal.Cast<byte, uint>(index);
        var all = MemoryMarshal.Cast<byte, ulong>(words);
        var lanes = new List<int>();
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            var (first, count) = ((int)(entries[bucket] >> CountBits), (int)(entries[bucket] & MostWords));
            lanes.Clear();
            if (count == 0) ReadBits(all.Slice(first, WordsPerPage), lanes);
            for (var word = 0; word < count; word++)
                for (var lane = 0; lane < PerWord; lane++)
                    if ((int)(all[first + word] >> (16 * lane) & ushort.MaxValue) is <= LowMask and var edge) lanes.Add(edge);
            AddRanges((uint)bucket << LowBits, lanes, ranges);
        }
    }

    private static void ReadBits(ReadOnlySpan<ulong> bits, List<int> edges)
    {
        var isInside = false;
        for (var value = 0; value <= LowMask; value++)
        {
            if ((bits[value >> 6] >> (value & 63) & 1) != 0 == isInside) continue;
            edges.Add(value);
            isInside = !isInside;
        }
    }

    private static void AddRanges(uint bucket, List<int> edges, List<Interval> ranges)
    {
        edges.Sort();
        for (var at = 0; at < edges.Count; at += 2)
        {
            var behind = at + 1 < edges.Count ? edges[at + 1] : LowMask + 1;
            if (behind > edges[at]) ranges.Add(new(bucket + (uint)edges[at], bucket + (uint)behind - 1));
        }
    }

    private static SetEdges Fill(ReadOnlySpan<uint> edges)
    {
        var bits = new byte[CountDense(edges) * SetLayout.PageBytes];
        var index = new byte[Buckets * sizeof(uint)];
        var origin = (uint)(bits.Length / sizeof(ulong));
        var (words, dense) = (new List<ulong>(edges.Length / 3), 0);
        var (outside, inside) = (Put(words, [], origin), Put(words, [0], origin));
        Span<ushort> lanes = stackalloc ushort[MostLanes];
        for (int bucket = 0, at = 0; bucket < Buckets; bucket++)
        {
            var first = at;
            while (at < edges.Length && edges[at] >> LowBits == bucket) at++;
            var isInside = (first & 1) != 0;
            var own = edges[first..at];
            var entry = isInside ? inside : outside;
            if (IsDense(own.Length))
            {
                PutBits(bits.AsSpan(dense * SetLayout.PageBytes, SetLayout.PageBytes), own, isInside);
                entry = (uint)(dense++ * WordsPerPage) << CountBits;
            }
            else if (own.Length > 0)
            {
                var count = 0;
                if (isInside) lanes[count++] = 0;
                foreach (var edge in own) lanes[count++] = (ushort)(edge & LowMask);
                entry = Put(words, lanes[..count], origin);
            }
            BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(bucket * sizeof(uint)), entry);
        }
        while (words.Count % WordsPerPage != 0) words.Add(Guards);
        return new(index, [.. bits, .. MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(words))]);
    }

    // One more may be needed for what the bucket begins with.
    private static bool IsDense(int edges) => edges >= MostLanes;

    private static int CountDense(ReadOnlySpan<uint> edges)
    {
        var dense = 0;
        for (var at = 0; at < edges.Length;)
        {
            var first = at;
            while (at < edges.Length && edges[at] >> LowBits == edges[first] >> LowBits) at++;
            if (IsDense(at - first)) dense++;
        }
        return dense;
    }

    private static uint Put(List<ulong> words, ReadOnlySpan<ushort> lanes, uint origin)
    {
        var count = Math.Max(1, (lanes.Length + PerWord - 1) / PerWord);
        while (words.Count % WordsPerPage + count > WordsPerPage) words.Add(Guards);
        var entry = ((origin + (uint)words.Count) << CountBits) | (uint)count;
        for (var word = 0; word < count; word++)
        {
            // What is left of a word is above every value.
            var packed = Guards;
            for (var i = word * PerWord; i < Math.Min(lanes.Length, (word + 1) * PerWord); i++)
                packed ^= (lanes[i] ^ (1UL << LowBits)) << (16 * (i % PerWord));
            words.Add(packed);
        }
        return entry;
    }

    private static void PutBits(Span<byte> into, ReadOnlySpan<uint> edges, bool isInside)
    {
        var at = 0;
        for (var value = 0; value <= LowMask; value++)
        {
            for (; at < edges.Length && (edges[at] & LowMask) == value; at++) isInside = !isInside;
            if (isInside) into[value >> 3] |= (byte)(1 << (value & 7));
        }
    }
}
