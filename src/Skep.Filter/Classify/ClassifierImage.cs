using System.Buffers.Binary;
using System.Numerics;

namespace Skep.Filter.Classify;

/// <summary>Where the parts of a record are, which holds all conditions of a row.</summary>
internal static class RecordLayout
{
    /// <summary>4 bytes: <see cref="RuleOrder"/>. That of the record at 0, which matches nothing, is the highest number.</summary>
    internal const int Order = 0;

    /// <summary>4 bytes: the place of the rule's counters.</summary>
    internal const int Counter = 4;

    /// <summary>4 bytes: the number of its verdict.</summary>
    internal const int Verdict = 8;

    /// <summary>4 bytes: the order of the rule that the record is of, or was; 0 for a record that was never used.</summary>
    internal const int Owner = 12;

    /// <summary>The bit of <see cref="Owner"/> of a row behind which others are left out, because they are never the first.</summary>
    internal const uint Hides = 1u << 31;

    /// <summary>For each word of the key, 8 bytes that it must be and 8 bytes for which of its bits count.</summary>
    internal const int Words = 16;

    internal const int WordBytes = 16;

    /// <summary>Records are named by their offset in blocks of this many bytes, a power of two.</summary>
    internal const int BlockShift = 6;

    internal static int WordAt(int word) => Words + WordBytes * word;

    /// <summary>Where the lowest value of a range is, and behind it in as many bytes how far the highest is above it.</summary>
    internal static int RangeAt(RowList rows, int range)
    {
        var at = WordAt(rows.Layout.Words);
        for (var i = 0; i < range; i++) at += BytesOf(rows.Ranges[i]);
        return at;
    }

    internal static int BytesOf(KeyRange range) => range.IsNarrow ? 8 : 16;

    internal static int BytesOf(RowList rows) =>
        Math.Max(1 << BlockShift, (int)BitOperations.RoundUpToPowerOf2((uint)RangeAt(rows, rows.Ranges.Count)));
}

/// <summary>Where a table is in the image.</summary>
/// <param name="Table">The table.</param>
/// <param name="Tags">The offset of its words of tags.</param>
/// <param name="Slots">The offset of its slots, 8 numbers of 4 bytes for each word of tags.</param>
internal readonly record struct PlacedTable(TupleTable Table, int Tags, int Slots);

/// <summary>Where the tables of a family are in the image.</summary>
/// <param name="Family">The tables.</param>
/// <param name="Records">The offset of the records, one a row.</param>
/// <param name="Residue">The offset of the numbers of the records that are compared one after the other.</param>
/// <param name="Tables">Each table.</param>
/// <param name="Vectors">For each part of the bit vectors, the offsets of its starts and of its bits.</param>
/// <param name="Room">The room for rows that are added later; null for none.</param>
internal sealed record PlacedFamily(
    FamilyTables Family, int Records, int Residue, IReadOnlyList<PlacedTable> Tables, IReadOnlyList<(int Starts, int Bits)> Vectors,
    UpdateRoom? Room);

/// <summary>What a long list has for rows that are added to it while it is searched.</summary>
/// <param name="Records">How many records are free, behind those of the rows.</param>
/// <param name="List">The offset of the count of rows that no table takes, and behind it the numbers of their records.</param>
/// <param name="Firsts">The offset of 4 bytes for each table: the lowest order of what is searched after it.</param>
internal readonly record struct UpdateRoom(int Records, int List, int Firsts)
{
    /// <summary>The most rows that no table takes: each is compared with each packet.</summary>
    internal const int MostListed = 32;

    private const int FewestRows = 512, FewestRecords = 256, MostRecords = 8192, ShareOfRecords = 8;

    /// <summary>Whether a list of so many rows has room for others: a short one is compiled anew in a moment.</summary>
    internal static bool IsFor(long rows) => rows >= FewestRows;

    /// <summary>How many free records there are for so many rows of one family.</summary>
    internal static int RecordsFor(int rows) => Math.Clamp(rows / ShareOfRecords, FewestRecords, MostRecords);
}

/// <summary>The bytes that a program looks into: the structures of all lists of a table, in one memory.</summary>
internal sealed class ClassifierImage
{
    private const int Alignment = 1024;

    /// <summary>A number with one bit, times this, has in its upper 6 bits another number for each bit (de Bruijn).</summary>
    internal const ulong BitMultiplier = 0x03f79d71b4cb0a89;

    /// <summary>How far those 6 bits are shifted.</summary>
    internal const int BitShift = 58;

    /// <summary>Where the number of the bit stands for each of those, a byte each; behind the longest record.</summary>
    internal const int BitNumbers = 512;

    private readonly List<PlacedFamily> _placed = [];

    internal ClassifierImage(IEnumerable<Classifier> classifiers)
    {
        long end = Alignment;
        foreach (var (family, hasRoom) in classifiers.SelectMany(c => c.Families.Select(f => (f, UpdateRoom.IsFor(c.RowCount)))))
        {
            var free = hasRoom ? UpdateRoom.RecordsFor(family.Rows.Count) : 0;
            var records = Take(ref end, (long)RecordLayout.BytesOf(family.Rows) * (family.Rows.Count + free));
            var residue = Take(ref end, 4L * family.Residue.Count);
            var tables = new List<PlacedTable>();
            foreach (var table in family.Tables)
                tables.Add(new(table, Take(ref end, 8L * table.Buckets), Take(ref end, 32L * table.Buckets)));
            var vectors = new List<(int, int)>();
            foreach (var part in family.Vectors?.Parts ?? [])
                vectors.Add((Take(ref end, 8L * part.Starts.Length), Take(ref end, 8L * part.Bits.Length)));
            UpdateRoom? room = null;
            if (free > 0) room = new(free, Take(ref end, 4 + 4 * UpdateRoom.MostListed), Take(ref end, 4L * Math.Max(1, tables.Count)));
            _placed.Add(new(family, records, residue, tables, vectors, room));
        }
        Bytes = checked((int)end);
    }

    /// <summary>Its length.</summary>
    internal int Bytes { get; }

    /// <summary>Where the tables of a family are.</summary>
    internal PlacedFamily Of(FamilyTables family) => _placed.Find(p => ReferenceEquals(p.Family, family))!;

    /// <summary>Writes it.</summary>
    /// <param name="counterOf">The place of the counters of a rule.</param>
    /// <param name="verdictOf">The number of its verdict.</param>
    /// <param name="order">The order of the table's rules.</param>
    internal byte[] Write(Func<int, int> counterOf, Func<int, int> verdictOf, RuleOrder order)
    {
        var image = new byte[Bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(RecordLayout.Order), RuleOrder.None);
        for (var bit = 0; bit < 64; bit++) image[BitNumbers + (int)(((1UL << bit) * BitMultiplier) >> BitShift)] = (byte)bit;
        foreach (var placed in _placed)
        {
            var (rows, size) = (placed.Family.Rows, RecordLayout.BytesOf(placed.Family.Rows));
            for (var row = 0; row < rows.Count; row++)
            {
                var record = image.AsSpan(placed.Records + row * size, size);
                BinaryPrimitives.WriteInt32LittleEndian(record[RecordLayout.Order..], order.Of(rows.RuleOf(row)));
                BinaryPrimitives.WriteUInt32LittleEndian(record[RecordLayout.Owner..],
                    (uint)order.Of(rows.RuleOf(row)) | (placed.Family.Hiding.Contains(row) ? RecordLayout.Hides : 0));
                BinaryPrimitives.WriteInt32LittleEndian(record[RecordLayout.Counter..], counterOf(rows.RuleOf(row)));
                BinaryPrimitives.WriteInt32LittleEndian(record[RecordLayout.Verdict..], verdictOf(rows.RuleOf(row)));
                WriteConditions(record, rows, row);
            }
            for (var i = 0; i < placed.Family.Residue.Count; i++)
                WriteNumber(image.AsSpan(placed.Residue + 4 * i), placed, size, placed.Family.Residue[i]);
            for (var i = 0; i < placed.Vectors.Count; i++)
            {
                WriteWords(image.AsSpan(placed.Vectors[i].Starts), placed.Family.Vectors!.Parts[i].Starts);
                WriteWords(image.AsSpan(placed.Vectors[i].Bits), placed.Family.Vectors!.Parts[i].Bits);
            }
            foreach (var table in placed.Tables)
            {
                WriteWords(image.AsSpan(table.Tags), table.Table.Tags);
                for (var slot = 0; slot < table.Table.Rows.Length; slot++)
                    if (table.Table.Rows[slot] >= 0)
                        WriteNumber(image.AsSpan(table.Slots + 4 * slot), placed, size, table.Table.Rows[slot]);
            }
            if (placed.Room is not { } room) continue;
            for (var free = 0; free < room.Records; free++)
                BinaryPrimitives.WriteUInt32LittleEndian(
                    image.AsSpan(placed.Records + (rows.Count + free) * size + RecordLayout.Order), RuleOrder.None);
            for (var table = 0; table < placed.Tables.Count; table++)
                BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(room.Firsts + 4 * table),
                    placed.Family.FirstRuleBehind(table) is { } rule ? (uint)order.Of(rule) : RuleOrder.None);
        }
        return image;
    }

    internal static void WriteConditions(Span<byte> record, RowList rows, int row)
    {
        for (var word = 0; word < rows.Layout.Words; word++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(record[RecordLayout.WordAt(word)..], rows.Values(row)[word]);
            BinaryPrimitives.WriteUInt64LittleEndian(record[(RecordLayout.WordAt(word) + 8)..], rows.Masks(row)[word]);
        }
        for (var i = 0; i < rows.Ranges.Count; i++)
        {
            var range = record[RecordLayout.RangeAt(rows, i)..];
            if (rows.Ranges[i].IsNarrow)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(range, (uint)rows.Lows(row)[i]);
                BinaryPrimitives.WriteUInt32LittleEndian(range[4..], (uint)rows.Spans(row)[i]);
                continue;
            }
            BinaryPrimitives.WriteUInt64LittleEndian(range, rows.Lows(row)[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(range[8..], rows.Spans(row)[i]);
        }
    }

    private static void WriteWords(Span<byte> at, ulong[] words)
    {
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(at[(8 * i)..], words[i]);
    }

    private static void WriteNumber(Span<byte> at, PlacedFamily placed, int size, int row) =>
        BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)((placed.Records + (long)row * size) >> RecordLayout.BlockShift));

    private static int Take(ref long end, long bytes)
    {
        var start = end;
        end = (end + bytes + Alignment - 1) / Alignment * Alignment;
        return checked((int)start);
    }
}
