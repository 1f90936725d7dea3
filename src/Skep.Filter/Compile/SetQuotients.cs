using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Skep.Filter.Compile;

/// <summary>
/// A large table of prefixes of one length, of at most 64 bits, in little more than 16 bits each, so that it stays near the processor
/// (quotienting: Knuth, The Art of Computer Programming 3, 6.4, exercise 13). A prefix is permuted; the leading bits of the result name its
/// bucket, the next 16 are one of four numbers in a word, and what is left, if anything is, stands at the same place in an array of its
/// own, which is read only where such a number is that of the packet. For each bucket a number in an index: the place of its first word
/// times 16, and how many words it has. No bucket crosses a page.
/// </summary>
/// <param name="Table">What the header says of it; its pages are counted from those of each part.</param>
/// <param name="Index">Whole pages of numbers of 4 bytes.</param>
/// <param name="Words">Whole pages of words of 8 bytes.</param>
/// <param name="Rests">Whole pages of what is left of the prefixes; none where nothing is.</param>
internal readonly record struct SetQuotients(SetTable Table, byte[] Index, byte[] Words, byte[] Rests)
{
    /// <summary>
    /// From so many prefixes on it is smaller and faster than tags and whole keys: those are larger than a processor's own cache then.
    /// </summary>
    internal const int Fewest = 1 << 19;

    internal const int WordsPerPage = SetLayout.PageBytes / 8, IndexPerPage = SetLayout.PageBytes / 4;
    internal const int CountBits = 4, MostWords = (1 << CountBits) - 1, KeptBits = 16, PerWord = 4;
    internal const ulong EachSlot = 0x0001_0001_0001_0001, Low15 = 0x7fff_7fff_7fff_7fff;
    private const int ValuesPerBucket = 16, MostLength = 64;

    /// <summary>The most slots of a bucket with the same 16 bits, and different rests.</summary>
    internal const int MostSame = 2;

    /// <summary>Whether a set may have such tables.</summary>
    internal static bool IsFor(SetLayout layout) =>
        layout is { IsTimed: false, IsCounted: false } && (layout.KeyBytes == 4 || layout.HasHalfEntries);

    /// <summary>Whether prefixes of a length can be kept so.</summary>
    internal static bool IsFor(SetLayout layout, int length) => IsFor(layout) && length is > KeptBits and <= MostLength;

    /// <summary>Spreads prefixes that differ over buckets; over more and with another seed as long as one is too full.</summary>
    internal static SetQuotients Fill(SetLayout layout, SetKeys keys, int length)
    {
        var bits = KeptBits;
        while (keys.Count >> bits > ValuesPerBucket) bits++;
        for (; ; bits++)
        {
            bits = Math.Min(bits, (layout.HasHalfEntries ? length : 32) - 1);
            var table = SetTable.OfQuotients(layout, length, bits, (ulong)Random.Shared.NextInt64());
            if (TryFill(layout, keys, table) is { } filled) return filled;
        }
    }

    /// <summary>The prefixes that an image holds.</summary>
    internal static List<UInt128> Read(SetLayout layout, ReadOnlySpan<byte> image, SetTable table)
    {
        var prefixes = new List<UInt128>();
        for (var bucket = 0u; bucket < table.Buckets; bucket++)
            foreach (var permuted in ReadBucket(image, table, bucket)) prefixes.Add(table.Undo(layout, permuted));
        return prefixes;
    }

    private static List<ulong> ReadBucket(ReadOnlySpan<byte> image, SetTable table, uint bucket)
    {
        var entry = BinaryPrimitives.ReadUInt32LittleEndian(image[table.IndexOffset(bucket)..]);
        var (first, count) = (entry >> CountBits, entry & MostWords);
        var found = new List<ulong>();
        for (var slot = first * PerWord; slot < (first + count) * PerWord; slot++)
        {
            var kept = BinaryPrimitives.ReadUInt16LittleEndian(image[table.KeptOffset(slot)..]);
            var rest = table.RestBits == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(image[(table.RestOffset(slot) & ~7)..]);
            var permuted = table.Join(bucket, kept, rest >> (table.RestOffset(slot) % 8 * 8));

            // What is left of a bucket's last word holds its first value again.
            if (found.Count == 0 || permuted != found[0]) found.Add(permuted);
        }
        return found;
    }

    /// <summary>
    /// Whole words of the values of a bucket. What is left of the last one holds the first value again: a program compares all of it, and
    /// finds nothing wrong. Its 16 bits are those of no other, so that no value is behind many that have its own.
    /// </summary>
    /// <returns>Null when there are too many of them, or too many have the same 16 bits.</returns>
    internal static ulong[]? Arrange(ReadOnlySpan<ulong> permuted, SetTable table)
    {
        var count = (permuted.Length + PerWord - 1) / PerWord;
        if (count > MostWords) return null;
        var (slots, alone) = (new ulong[count * PerWord], 0);
        permuted.CopyTo(slots);
        if (table.RestBits > 0)
        {
            alone = -1;
            for (var i = 0; i < permuted.Length; i++)
            {
                var same = 0;
                foreach (var other in permuted)
                    if (table.KeptOf(other) == table.KeptOf(permuted[i])) same++;
                if (same > MostSame) return null;
                if (same == 1) alone = i;
            }
            if (alone < 0) return null;
        }
        (slots[0], slots[alone]) = (slots[alone], slots[0]);
        slots.AsSpan(permuted.Length).Fill(slots[0]);
        return slots;
    }

    private static SetQuotients? TryFill(SetLayout layout, SetKeys keys, SetTable table)
    {
        // Sorted, values of one bucket stand together.
        var permuted = new ulong[keys.Count];
        for (var i = 0; i < permuted.Length; i++) permuted[i] = table.Permute(layout.WordsOf(keys[i])[0]);
        permuted.AsSpan().Sort();

        var index = new byte[(table.Buckets * 4L + SetLayout.PageBytes - 1) / SetLayout.PageBytes * SetLayout.PageBytes];
        var slots = new List<ulong>(permuted.Length + permuted.Length / 8);
        for (var first = 0; first < permuted.Length;)
        {
            var bucket = table.BucketOf(permuted[first]);
            var behind = first;
            while (behind < permuted.Length && table.BucketOf(permuted[behind]) == bucket) behind++;
            if (Arrange(permuted.AsSpan(first, behind - first), table) is not { } arranged) return null;
            var count = arranged.Length / PerWord;
            while (slots.Count / PerWord % WordsPerPage + count > WordsPerPage) slots.AddRange([0, 0, 0, 0]);
            BinaryPrimitives.WriteUInt32LittleEndian(
                index.AsSpan((int)bucket * 4), ((uint)(slots.Count / PerWord) << CountBits) | (uint)count);
            slots.AddRange(arranged);
            first = behind;
        }

        var used = slots.Count / PerWord;
        var words = (used + WordsPerPage - 1) / WordsPerPage * WordsPerPage + SetLayout.SpareWordsOf(used);
        table = table with { Free = (uint)used, End = (uint)words };
        var kept = new ushort[words * PerWord];
        for (var slot = 0; slot < slots.Count; slot++) kept[slot] = table.KeptOf(slots[slot]);
        return new(table, index, MemoryMarshal.AsBytes(kept.AsSpan()).ToArray(), RestsOf(slots, words, table));
    }

    private static byte[] RestsOf(List<ulong> slots, int words, SetTable table)
    {
        if (table.RestBits == 0) return [];
        var size = 1 << (int)table.EntryShift;
        var rests = new byte[((long)words * PerWord * size + SetLayout.PageBytes - 1) / SetLayout.PageBytes * SetLayout.PageBytes];
        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        for (var slot = 0; slot < slots.Count; slot++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(whole, slots[slot] & table.RestMask);
            whole[..size].CopyTo(rests.AsSpan(slot * size));
        }
        return rests;
    }
}
