using System.Numerics;
using System.Runtime.InteropServices;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>
/// Where things are in the image of a set. An image is a map of pages of 4096 bytes: the first is a header, whose words
/// <see cref="SetHeader"/> names. A set is changed by another image in its place; one element also by a store into the image
/// (<c>SetImageEdit</c>), which a program sees whole or not at all.
/// <list type="bullet">
/// <item>Bitmap: two pages with a bit for each value.</item>
/// <item>Hash: a table of keys (<see cref="SetTable"/>).</item>
/// <item>Ranges: such tables of prefixes, one for each length, where a few lengths make most ranges (<see cref="PrefixLengths"/>); else a
/// table of single values. For what is in no table an index of pairs of record numbers by the value's leading bits, and records of first
/// value, last value and end of time, sorted. Or, for many ranges of values of 32 bits, <see cref="SetEdges"/> in place of both.</item>
/// <item>Large tables of values of 32 bits, and of prefixes of at most 64 bits, are <see cref="SetQuotients"/>.</item>
/// <item>Rows: records of first and last value for each field and the end of time.</item>
/// <item>Where elements count, the place of a counter stands behind each end of time.</item>
/// </list>
/// </summary>
public sealed class SetLayout
{
    /// <summary>The most elements that a set with ranges of several fields may have.</summary>
    public const int MostRows = 1024;

    /// <summary>The number of this layout: images of another one are not changed.</summary>
    internal const int Format = 6;

    internal const int PageBytes = 4096, PageShift = 12;
    internal const int HalfEntryShift = 3;
    private const int WordsPerPage = PageBytes / sizeof(ulong), FewestSparePages = 8;

    private readonly int _entryShift;

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

        EntryEnd = (KeyBytes + 7) & ~7;
        if (!timed && !counted) EntryEnd = KeyBytes;
        EntryPlace = EntryEnd + (timed ? 8 : 0);
        _entryShift = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)(EntryPlace + (counted ? 4 : 0))));

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

    /// <summary>Where in an entry of a table the end of its time is.</summary>
    internal int EntryEnd { get; }

    /// <summary>Where in an entry the place of its counter is.</summary>
    internal int EntryPlace { get; }

    /// <summary>Whether entries of prefixes of at most 64 bits have the first half of their address only.</summary>
    internal bool HasHalfEntries => Structure == SetStructure.Ranges && KeyBytes == 16 && !IsTimed && !IsCounted;

    /// <summary>The exponent of the bytes of an entry.</summary>
    internal int EntryShiftOf(int length) => HasHalfEntries && length <= 64 ? HalfEntryShift : _entryShift;

    internal int RecordBytes { get; }

    /// <summary>Where in a record the end of its time is.</summary>
    internal int RecordEnd { get; }

    /// <summary>Where in a record the place of its counter is.</summary>
    internal int RecordPlace { get; }

    internal int RecordsPerPage => PageBytes / RecordBytes;

    /// <summary>Whether values are two halves of 64 bits, the high one first.</summary>
    internal static bool IsWide(DataType type) => DataTypeInfo.BitsOf(type) > 64;

    internal static int BytesOf(DataType type) => DataTypeInfo.BitsOf(type) switch { <= 32 => 4, <= 64 => 8, _ => 16 };

    /// <summary>The words of a key: one of 4 bytes is a word too.</summary>
    internal ulong[] WordsOf(ReadOnlySpan<byte> key) =>
        KeyBytes == 4 ? [MemoryMarshal.Read<uint>(key)] : MemoryMarshal.Cast<byte, ulong>(key[..KeyBytes]).ToArray();

    /// <summary>The words of the key of a value of a set of one field.</summary>
    internal ulong[] WordsOf(UInt128 value) => KeyBytes == 16 ? [(ulong)(value >> 64), (ulong)value] : [(ulong)value];

    /// <summary>The bits that count of the first two words of a key; all of each where the set has no prefixes.</summary>
    internal (ulong First, ulong Second) MasksOf(int length)
    {
        if (Structure != SetStructure.Ranges) return (ulong.MaxValue, ulong.MaxValue);
        var mask = SetTable.MaskOf(length, Bits);
        return IsWide(Types[0]) ? ((ulong)(mask >> 64), (ulong)mask) : ((ulong)mask, 0);
    }

    /// <summary>The bits of a value of the only field.</summary>
    internal int Bits => DataTypeInfo.BitsOf(Types[0]);

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
    /// <summary>4 bytes: the records.</summary>
    internal const int Records = 4;

    /// <summary>4 bytes: the page where the index begins.</summary>
    internal const int IndexPage = 8;

    /// <summary>4 bytes: the page where the records begin.</summary>
    internal const int RecordPage = 12;

    /// <summary>8 bytes: how far a value's distance from the first is shifted for its place in the index.</summary>
    internal const int Shift = 24;

    /// <summary>16 bytes, the high half first: the first value in a record.</summary>
    internal const int First = 32;

    /// <summary>16 bytes, the high half first: the last value in a record.</summary>
    internal const int Last = 48;

    /// <summary>8 bytes: the elements.</summary>
    internal const int Elements = 64;

    /// <summary>4 bytes: the page where the index of edges begins; 0 where ranges are searched in the records.</summary>
    internal const int EdgeIndexPage = 80;

    /// <summary>4 bytes: the page where the words of edges begin.</summary>
    internal const int EdgePage = 84;

    /// <summary>4 bytes: twice the edits in place that were made; odd while one is.</summary>
    internal const int Edits = 88;

    /// <summary>4 bytes each: the first word of edges that nothing uses, and the first behind them.</summary>
    internal const int EdgeFree = 100, EdgeEnd = 104;

    /// <summary>4 bytes: of a set that counts, the CPUs that its counters are for.</summary>
    internal const int Cpus = 108;

    /// <summary><see cref="SetTable.Bytes"/> each: the tables.</summary>
    internal const int Tables = 128;
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

    /// <summary>Mixes the bits of a hash.</summary>
    internal static ulong Finish(ulong hash)
    {
        hash *= Last;
        return hash ^ (hash >> Mix);
    }
}
