using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Skep.Filter.Compile;

/// <summary>
/// A large set of values of 32 bits in little more than 16 bits each, so that it stays near the processor (quotienting: Knuth, The Art of
/// Computer Programming 3, 6.4, exercise 13). A value is permuted; the leading bits of the result name its bucket, and only the 16 last are
/// kept. For each bucket a number in an index: the place of its first word of four of those times 32, and how many words it has. No bucket
/// crosses a page.
/// </summary>
/// <param name="Index">Whole pages of numbers of 4 bytes.</param>
/// <param name="Words">Whole pages of words of 8 bytes.</param>
/// <param name="Shift">32 less the leading bits.</param>
/// <param name="Seed">What the permutation begins with.</param>
internal readonly record struct SetQuotients(byte[] Index, byte[] Words, int Shift, uint Seed)
{
    /// <summary>
    /// From so many values on it is smaller and faster than buckets of whole keys: those are larger than a processor's own cache then.
    /// </summary>
    internal const int Fewest = 1 << 18;

    internal const int WordsPerPage = SetLayout.PageBytes / 8, IndexPerPage = SetLayout.PageBytes / 4;
    internal const int CountBits = 5, MostWords = (1 << CountBits) - 1;
    internal const ulong EachSlot = 0x0001_0001_0001_0001;
    private const int PerWord = 4, ValuesPerBucket = 16, KeptBits = 16;

    /// <summary>Whether keys can be kept so.</summary>
    internal static bool IsFor(SetLayout layout) => layout is { KeyBytes: 4, IsTimed: false, IsCounted: false };

    /// <summary>Spreads values that differ over buckets; over more and with another seed as long as one is too full.</summary>
    internal static SetQuotients Fill(ReadOnlySpan<uint> values)
    {
        var bits = KeptBits;
        while (values.Length >> bits > ValuesPerBucket) bits++;
        for (; ; bits = Math.Min(bits + 1, 32 - 1))
        {
            var seed = (uint)Random.Shared.Next();
            if (TryFill(values, 32 - bits, seed) is { } filled) return filled;
        }
    }

    /// <summary>The values that an image holds.</summary>
    internal static uint[] Read(ReadOnlySpan<byte> image, int shift, uint seed, int indexPage, int wordsPage)
    {
        var index = MemoryMarshal.Cast<byte, uint>(image[(indexPage * SetLayout.PageBytes)..(wordsPage * SetLayout.PageBytes)]);
        var words = image[(wordsPage * SetLayout.PageBytes)..];
        var values = new List<uint>();
        for (var bucket = 0; bucket <= (int)(uint.MaxValue >> shift); bucket++)
        {
            var (first, count) = ((int)(index[bucket] >> CountBits), (int)(index[bucket] & MostWords));
            var slots = MemoryMarshal.Cast<byte, ushort>(words.Slice(first * 8, count * 8));
            var kept = (1u << Math.Min(shift, KeptBits)) - 1;
            for (var i = 0; i < slots.Length; i++)
                if (i == 0 || slots[i] != slots[0]) values.Add(SetPermutation.Undo(((uint)bucket << shift) | (slots[i] & kept), seed));
        }
        return [.. values];
    }

    private static SetQuotients? TryFill(ReadOnlySpan<uint> values, int shift, uint seed)
    {
        // Sorted, values of one bucket stand together.
        var permuted = new uint[values.Length];
        for (var i = 0; i < permuted.Length; i++) permuted[i] = SetPermutation.Do(values[i], seed);
        permuted.AsSpan().Sort();

        var index = new byte[((1L << (32 - shift)) * 4 + SetLayout.PageBytes - 1) / SetLayout.PageBytes * SetLayout.PageBytes];
        var words = new List<ulong>(permuted.Length / 3);
        for (var first = 0; first < permuted.Length;)
        {
            var bucket = permuted[first] >> shift;
            var behind = first;
            while (behind < permuted.Length && permuted[behind] >> shift == bucket) behind++;
            var count = (behind - first + PerWord - 1) / PerWord;
            if (count > MostWords) return null;
            while (words.Count % WordsPerPage + count > WordsPerPage) words.Add(0);
            BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan((int)bucket * 4), ((uint)words.Count << CountBits) | (uint)count);
            for (var word = 0; word < count; word++) words.Add(Pack(permuted.AsSpan(first, behind - first), word * PerWord));
            first = behind;
        }

        var bytes = new byte[(words.Count + WordsPerPage - 1) / WordsPerPage * SetLayout.PageBytes];
        MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(words)).CopyTo(bytes);
        return new(index, bytes, shift, seed);
    }

    // What is left of a bucket's last word holds its first value again: a program compares all of it, and finds nothing wrong.
    private static ulong Pack(ReadOnlySpan<uint> bucket, int from)
    {
        ulong word = 0;
        for (var i = 0; i < PerWord; i++) word |= (ulong)(ushort)bucket[from + i < bucket.Length ? from + i : 0] << (16 * i);
        return word;
    }
}

/// <summary>A permutation of the values of 32 bits, which the program computes too: each step can be undone.</summary>
internal static class SetPermutation
{
    internal const int First = unchecked((int)0x9e3779b1), Second = unchecked((int)0x85ebca77);
    internal const int FirstShift = 15, SecondShift = 16;

    internal static uint Do(uint value, uint seed)
    {
        value = (value ^ seed) * unchecked((uint)First);
        value ^= value >> FirstShift;
        value *= unchecked((uint)Second);
        return value ^ (value >> SecondShift);
    }

    internal static uint Undo(uint value, uint seed)
    {
        value ^= value >> SecondShift;
        value *= Inverse(unchecked((uint)Second));
        value ^= value >> FirstShift ^ value >> (2 * FirstShift);
        return (value * Inverse(unchecked((uint)First))) ^ seed;
    }

    // Newton's iteration: each step doubles the bits that are right, and an odd number is its own inverse in three.
    private static uint Inverse(uint odd)
    {
        var inverse = odd;
        for (var right = 3; right < 32; right *= 2) inverse *= 2 - odd * inverse;
        return inverse;
    }
}
