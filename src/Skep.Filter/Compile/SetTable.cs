using System.Numerics;
using System.Runtime.InteropServices;

namespace Skep.Filter.Compile;

/// <summary>
/// What the header of an image says of a table of keys of one length. Its slots are eight to a word, whose bytes are their tags:
/// 0 where a slot is free, else 8 bits of the hash of the key. A key is in one of two words of one page, which its hash names. Behind all
/// words are the entries of the slots, in their order: the key, the end of its time and the place of its counter.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SetTable
{
    /// <summary>The most tables of an image, and the bytes in the header for each.</summary>
    internal const int Most = 4, Bytes = 128;

    internal const int MaskHighAt = 0, MaskLowAt = 8, SeedAt = 16, PagesAt = 24, TagPageAt = 28, EntryPageAt = 32, WordMaskAt = 36,
        EntryShiftAt = 40, BucketShiftAt = 48, WordsPageAt = 52, FreeAt = 56, KeyMaskAt = 64, KeyShiftAt = 72, HalfAt = 76,
        RestBitsAt = 80, RestLeftAt = 84;

    internal const int SlotsPerWord = 8, WordsPerPage = SetLayout.PageBytes / 8, SlotShift = 12;

    /// <summary>The most slots of a word with one tag: a packet compares the entries of so many in each of two words.</summary>
    internal const int SameTags = 2, MostTries = 2 * SameTags;

    internal const int WordBits = 9, WordMost = WordsPerPage - 1, TagShift = 2 * WordBits, TagBits = 14, TagMask = (1 << TagBits) - 1,
        Tags = 255;

    /// <summary>The bits of a key that count: of its first word.</summary>
    internal ulong MaskHigh { get; init; }

    /// <summary>The same of its second word.</summary>
    internal ulong MaskLow { get; init; }

    /// <summary>What the hash begins with.</summary>
    internal ulong Seed { get; init; }

    /// <summary>The pages of words; 0 where there is no table.</summary>
    internal uint Pages { get; init; }

    internal uint TagPage { get; init; }

    internal uint EntryPage { get; init; }

    /// <summary>The words that are used of a page, less one: a power of two less one.</summary>
    internal uint WordMask { get; init; }

    /// <summary>The bytes of an entry, a power of two, as its exponent.</summary>
    internal uint EntryShift { get; init; }

    /// <summary>The bits of a prefix.</summary>
    internal uint Length { get; init; }

    /// <summary>Of quotients (<see cref="SetQuotients"/>), how far a permuted prefix is shifted for its bucket; 0 for tags.</summary>
    internal uint BucketShift { get; init; }

    /// <summary>The page where their words begin. The index is at <see cref="TagPage"/>, the rests at <see cref="EntryPage"/>.</summary>
    internal uint WordsPage { get; init; }

    /// <summary>The first word that nothing uses, and the first behind them.</summary>
    internal uint Free { get; init; }

    internal uint End { get; init; }

    /// <summary>The bits of a prefix, from the lowest on.</summary>
    internal ulong KeyMask { get; init; }

    /// <summary>How far the first word of a key is shifted for that.</summary>
    internal uint KeyShift { get; init; }

    /// <summary>Half the bits, rounded up.</summary>
    internal uint Half { get; init; }

    /// <summary>The bits that are left behind those of the bucket and 16 more.</summary>
    internal uint RestBits { get; init; }

    /// <summary>64 less <see cref="RestBits"/>.</summary>
    internal uint RestLeft { get; init; }

    private readonly ulong _free0, _free1, _free2, _free3, _free4;

    internal static SetTable OfQuotients(SetLayout layout, int length, int bucketBits, ulong seed)
    {
        var (high, low) = layout.MasksOf(length);

        // Values of 32 bits are permuted as a whole, which takes less code; programs for IPv6 always compare a rest.
        var bits = layout.HasHalfEntries ? length : 32;
        var rest = layout.HasHalfEntries ? Math.Max(1, bits - bucketBits - SetQuotients.KeptBits) : 0;
        return new()
        {
            MaskHigh = high,
            MaskLow = low,
            Seed = seed & (ulong.MaxValue >> (64 - bits)),
            Pages = 1,
            EntryShift = rest <= 16 ? 1u : rest <= 32 ? 2u : 3u,
            Length = (uint)length,
            BucketShift = (uint)(bits - bucketBits),
            KeyMask = ulong.MaxValue >> (64 - bits),
            KeyShift = layout.HasHalfEntries ? (uint)(64 - length) : 0,
            Half = (uint)(bits + 1) / 2,
            RestBits = (uint)rest,
            RestLeft = (uint)(64 - rest),
        };
    }

    internal bool HasQuotients => BucketShift != 0;

    internal uint Buckets => (uint)(KeyMask >> (int)BucketShift) + 1;

    internal ulong RestMask => RestBits == 0 ? 0 : ulong.MaxValue >> (int)RestLeft;

    internal uint BucketOf(ulong permuted) => (uint)(permuted >> (int)BucketShift);

    internal ushort KeptOf(ulong permuted) => (ushort)(permuted >> (int)RestBits);

    internal ulong Permute(ulong word) => SetPermutation.Do((word & MaskHigh) >> (int)KeyShift, Seed, KeyMask, (int)Half);

    /// <summary>The first value of a prefix.</summary>
    internal UInt128 Undo(SetLayout layout, ulong permuted)
    {
        var word = SetPermutation.Undo(permuted, Seed, KeyMask, (int)Half) << (int)KeyShift;
        return layout.Bits > 64 ? new UInt128(word, 0) : word;
    }

    /// <summary>The permuted prefix of which a bucket has 16 bits and a rest.</summary>
    internal ulong Join(uint bucket, ushort kept, ulong rest) =>
        ((ulong)bucket << (int)BucketShift) | (((ulong)kept << (int)RestBits) & ~(ulong.MaxValue << (int)BucketShift)) | (rest & RestMask);

    internal int IndexOffset(uint bucket) => (int)TagPage * SetLayout.PageBytes + (int)bucket * sizeof(uint);

    internal int KeptOffset(uint slot) => (int)WordsPage * SetLayout.PageBytes + (int)slot * sizeof(ushort);

    internal int RestOffset(uint slot) => (int)EntryPage * SetLayout.PageBytes + ((int)slot << (int)EntryShift);

    /// <summary>Where in the header the table of a number is.</summary>
    internal static int At(int number) => SetHeader.Tables + number * Bytes;

    internal static SetTable Read(ReadOnlySpan<byte> header, int number) =>
        MemoryMarshal.Read<SetTable>(header[At(number)..]);

    /// <summary>The bits of a value that a prefix of a length has, of values of so many bits.</summary>
    internal static UInt128 MaskOf(int length, int bits) =>
        length == 0 ? 0 : (UInt128.MaxValue >> (128 - length)) << (bits - length);

    internal int WordOffset(uint word) => (int)TagPage * SetLayout.PageBytes + (int)word * sizeof(ulong);

    internal int EntryOffset(uint word, int slot) =>
        (int)EntryPage * SetLayout.PageBytes + (((int)word * SlotsPerWord + slot) << (int)EntryShift);

    /// <summary>The words that are used.</summary>
    internal uint Words => Pages == 0 ? 0 : (Pages - 1) * WordsPerPage + WordMask + 1;

    /// <summary>The two words that a key may be in, and its tag.</summary>
    internal (uint First, uint Second, byte Tag) PlacesOf(ReadOnlySpan<ulong> key)
    {
        var hash = Seed;
        foreach (var word in key) hash = SetHash.Add(hash, word);
        hash = SetHash.Finish(hash);
        var page = (uint)((hash >> 32) * Pages >> 32) * WordsPerPage;
        return (page + ((uint)hash & WordMask), page + ((uint)(hash >> WordBits) & WordMask),
            (byte)(((hash >> TagShift & TagMask) * Tags >> TagBits) + 1));
    }

    /// <summary>How many slots of a word have a tag; 0 is that of free ones.</summary>
    internal static int Count(ulong word, byte tag)
    {
        var count = 0;
        for (var slot = 0; slot < SlotsPerWord; slot++)
            if ((byte)(word >> (8 * slot)) == tag) count++;
        return count;
    }

    /// <summary>A slot of a word with a tag; -1 for none.</summary>
    internal static int Find(ulong word, byte tag)
    {
        for (var slot = 0; slot < SlotsPerWord; slot++)
            if ((byte)(word >> (8 * slot)) == tag) return slot;
        return -1;
    }

    /// <summary>The word of two that takes a key with a tag; null when neither has room.</summary>
    internal static int? Choose(ulong first, ulong second, byte tag)
    {
        var (left, right) = (Room(first, tag), Room(second, tag));
        if (left == 0 && right == 0) return null;
        return left >= right ? 0 : 1;
    }

    private static int Room(ulong word, byte tag) => Count(word, tag) < SameTags ? Count(word, 0) : 0;
}

/// <summary>A permutation of the values of some bits, which the program computes too: each step can be undone.</summary>
internal static class SetPermutation
{
    internal const ulong First = 0x9e3779b97f4a7c15, Second = 0xd6e8feb86659fd93;

    internal static ulong Do(ulong value, ulong seed, ulong mask, int half)
    {
        value = ((value ^ seed) * First) & mask;
        value ^= value >> half;
        value = (value * Second) & mask;
        return value ^ (value >> half);
    }

    internal static ulong Undo(ulong value, ulong seed, ulong mask, int half)
    {
        value ^= value >> half;
        value = (value * Inverse(Second)) & mask;
        value ^= value >> half;
        return ((value * Inverse(First)) & mask) ^ seed;
    }

    // Newton's iteration: each step doubles the bits that are right, and an odd number is its own inverse in three.
    private static ulong Inverse(ulong odd)
    {
        var inverse = odd;
        for (var right = 3; right < 64; right *= 2) inverse *= 2 - odd * inverse;
        return inverse;
    }
}
