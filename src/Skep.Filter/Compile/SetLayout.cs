using System.Numerics;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>
/// Where things are in the image of a set. An image is a map of pages of 4096 bytes: the first is a header, whose words
/// <see cref="SetHeader"/> names. A set is changed by another image in its place; one element also by a store into the image
/// (<c>SetImageEdit</c>), which a program sees whole or not at all.
/// <list type="bullet">
/// <item>Bitmap: two pages with a bit for each value.</item>
/// <item>Hash: buckets of a power of two of bytes: a count and whether it ran over, the keys, and the ends of their times. A key that finds
/// its bucket full is in one of the next in the same page. Or, for many values of 32 bits, <see cref="SetQuotients"/>.</item>
/// <item>Ranges: such a hash for single values; an index of pairs of record numbers by the value's leading bits; and records of first
/// value, last value and end of time, sorted. Or, for many ranges of values of 32 bits, <see cref="SetEdges"/> in place of both.</item>
/// <item>Rows: records of first and last value for each field and the end of time.</item>
/// <item>Where elements count, the place of a counter stands behind each end of time; 0 where an element was deleted.</item>
/// </list>
/// </summary>
public sealed class SetLayout
{
    /// <summary>The most elements that a set with ranges of several fields may have.</summary>
    public const int MostRows = 1024;

    /// <summary>The number of this layout: images of another one are not changed.</summary>
    internal const int Format = 5;

    internal const int PageBytes = 4096, PageShift = 12;
    internal const int BucketCount = 0, BucketOverflow = 4, BucketKeys = 8;
    internal const int Probes = 4;
    private const int FewestKeys = 7, MostKeys = 14, LeastBucket = 64;
    private const int WordsPerPage = PageBytes / sizeof(ulong), FewestSparePages = 8;

    internal SetLayout(
        SetStructure structure, ValueList<DataType> types, bool timed, int capacity, bool hasRanges = true, bool counted = false)
    {
        HasRanges = hasRanges && structure != SetStructure.Hash;
        Structure = structure;
        Types = types;
        IsTimed = timed;
        IsCounted = counted;
        Capacity = capacity;
        var offsets = new int[types.Count];
        for (var i = 0; i < offsets.Length; i++)
        {
            var bytes = BytesOf(types[i]);
            if (bytes > 4) KeyBytes = (KeyBytes + 7) & ~7;
            offsets[i] = KeyBytes;
            KeyBytes += bytes;
        }
        KeyOffsets = offsets;
        if (types.Count > 1) KeyBytes = (KeyBytes + 7) & ~7;

        var stride = KeyBytes + (timed ? 8 : 0) + (counted ? 4 : 0);
        BucketBytes = Math.Max(LeastBucket, (int)BitOperations.RoundUpToPowerOf2((uint)(BucketKeys + FewestKeys * stride)));
        KeysPerBucket = Math.Min(MostKeys, (BucketBytes - BucketKeys) / stride);
        EndsOffset = (BucketKeys + KeysPerBucket * KeyBytes + 7) & ~7;
        PlacesOffset = EndsOffset + (timed ? 8 * KeysPerBucket : 0);
        if (PlacesOffset + (counted ? 4 * KeysPerBucket : 0) > BucketBytes) KeysPerBucket--;

        var values = 0;
        foreach (var type in types) values += 2 * RecordBytesOf(type);
        RecordEnd = values;
        RecordPlace = values + (timed ? 8 : 0);
        RecordBytes = (int)BitOperations.RoundUpToPowerOf2((uint)(RecordPlace + (counted ? 4 : 0)));
    }

    /// <summary>What the image is.</summary>
    public SetStructure Structure { get; }

    /// <summary>The types of the parts of an element.</summary>
    public ValueList<DataType> Types { get; }

    /// <summary>Whether elements may run out, so that ends of times stand beside them.</summary>
    public bool IsTimed { get; }

    /// <summary>Whether elements count, so that the places of their counters stand beside them.</summary>
    public bool IsCounted { get; }

    /// <summary>Whether elements may be ranges.</summary>
    internal bool HasRanges { get; }

    /// <summary>The rows that a list has room for.</summary>
    public int Capacity { get; }

    /// <summary>The bytes of a hash's key, 4 or a multiple of 8.</summary>
    internal int KeyBytes { get; }

    /// <summary>Where in a key the fields' values are.</summary>
    internal IReadOnlyList<int> KeyOffsets { get; }

    internal int BucketBytes { get; }

    internal int KeysPerBucket { get; }

    /// <summary>Where in a bucket the ends of times begin.</summary>
    internal int EndsOffset { get; }

    /// <summary>Where in a bucket the places of counters begin.</summary>
    internal int PlacesOffset { get; }

    internal int BucketsPerPage => PageBytes / BucketBytes;

    internal int RecordBytes { get; }

    /// <summary>Where in a record the end of its time is.</summary>
    internal int RecordEnd { get; }

    /// <summary>Where in a record the place of its counter is.</summary>
    internal int RecordPlace { get; }

    internal int RecordsPerPage => PageBytes / RecordBytes;

    /// <summary>Whether values are two halves of 64 bits, the high one first.</summary>
    internal static bool IsWide(DataType type) => DataTypeInfo.BitsOf(type) > 64;

    internal static int BytesOf(DataType type) => DataTypeInfo.BitsOf(type) switch { <= 32 => 4, <= 64 => 8, _ => 16 };

    /// <summary>
    /// The words that an image has room for beside those that it needs, so that single elements can be added: whole pages.
    /// </summary>
    internal static int SpareWordsOf(int words) => Math.Max(FewestSparePages, words / 8 / WordsPerPage) * WordsPerPage;

    /// <summary>How many elements rows are: in a set without ranges each value is one.</summary>
    internal long CountOf(SetRows rows)
    {
        if (HasRanges || rows.KeepsRows) return rows.Count;
        var count = 0L;
        foreach (var range in rows.Ranges) count += (long)(range.High - range.Low) + 1;
        return count;
    }

    /// <summary>The bytes of a value in a record: 4 only where a record has one field.</summary>
    internal int RecordBytesOf(DataType type) => Types.Count == 1 ? BytesOf(type) : Math.Max(8, BytesOf(type));
}

/// <summary>The words of an image's header.</summary>
internal static class SetHeader
{
    /// <summary>4 bytes: the buckets of the hash.</summary>
    internal const int Buckets = 0;

    /// <summary>4 bytes: the records.</summary>
    internal const int Records = 4;

    /// <summary>4 bytes: the page where the index begins.</summary>
    internal const int IndexPage = 8;

    /// <summary>4 bytes: the page where the records begin.</summary>
    internal const int RecordPage = 12;

    /// <summary>8 bytes: what the hash begins with.</summary>
    internal const int Seed = 16;

    /// <summary>8 bytes: how far a value's distance from the first is shifted for its place in the index.</summary>
    internal const int Shift = 24;

    /// <summary>16 bytes, the high half first: the first value in a record.</summary>
    internal const int First = 32;

    /// <summary>16 bytes, the high half first: the last value in a record.</summary>
    internal const int Last = 48;

    /// <summary>8 bytes: the elements.</summary>
    internal const int Elements = 64;

    /// <summary>4 bytes: of quotients in place of buckets, how far a permuted value is shifted for its bucket; 0 for buckets.</summary>
    internal const int QuotientShift = 72;

    /// <summary>4 bytes: the page where the words of quotients begin. Their index is behind the header.</summary>
    internal const int QuotientPage = 76;

    /// <summary>4 bytes: the page where the index of edges begins; 0 where ranges are searched in the records.</summary>
    internal const int EdgeIndexPage = 80;

    /// <summary>4 bytes: the page where the words of edges begin.</summary>
    internal const int EdgePage = 84;

    /// <summary>4 bytes: twice the edits in place that were made; odd while one is.</summary>
    internal const int Edits = 88;

    /// <summary>4 bytes each: the first word of quotients that nothing uses, and the first behind them.</summary>
    internal const int QuotientFree = 92, QuotientEnd = 96;

    /// <summary>4 bytes each: the same of edges.</summary>
    internal const int EdgeFree = 100, EdgeEnd = 104;

    /// <summary>4 bytes: of a set that counts, the CPUs that its counters are for.</summary>
    internal const int Cpus = 108;
}

/// <summary>The hash of a set's keys, which the program computes too.</summary>
internal static class SetHash
{
    internal const ulong Multiplier = 0x9e3779b97f4a7c15, Last = 0xd6e8feb86659fd93;
    internal const int Mix = 32;

    internal static ulong Add(ulong hash, ulong word)
    {
        hash = (hash ^ word) * Multiplier;
        return hash ^ (hash >> Mix);
    }

    /// <summary>The bucket of a hash, out of so many.</summary>
    internal static uint Bucket(ulong hash, uint buckets) => (uint)(((hash * Last) >> 32) * buckets >> 32);
}
