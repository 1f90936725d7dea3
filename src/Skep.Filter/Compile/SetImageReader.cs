using System.Buffers.Binary;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>Reads the elements of a set back from its image.</summary>
internal static class SetImageReader
{
    /// <summary>How many elements an image has, by its header.</summary>
    internal static long Count(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt64LittleEndian(header[SetHeader.Elements..]);

    /// <summary>Reads all elements.</summary>
    /// <param name="layout">What the image is like.</param>
    /// <param name="image">The image.</param>
    internal static SetRows Read(SetLayout layout, ReadOnlySpan<byte> image)
    {
        var rows = new ReadRows(layout);
        if (layout.Structure == SetStructure.Bitmap)
        {
            ReadBits(image, rows.Ranges);
            return rows.Build();
        }
        if (layout.Structure != SetStructure.Rows)
        {
            ReadTables(layout, image, rows);
        }
        if (Word(image, SetHeader.EdgePage) is > 0 and var page)
        {
            var index = image[(Word(image, SetHeader.EdgeIndexPage) * SetLayout.PageBytes)..(page * SetLayout.PageBytes)];
            SetEdges.Read(index, image[(page * SetLayout.PageBytes)..], rows.Ranges);
        }
        else if (layout.Structure != SetStructure.Hash)
        {
            ReadRecords(layout, image, rows);
        }
        return rows.Build();
    }

    private static void ReadBits(ReadOnlySpan<byte> image, List<Interval> ranges)
    {
        for (var value = 0; value < 1 << 16; value++)
            if ((image[SetLayout.PageBytes + (value >> 3)] >> (value & 7) & 1) != 0) ranges.Add(new((UInt128)value, (UInt128)value));
    }

    private static int Word(ReadOnlySpan<byte> header, int at) => BinaryPrimitives.ReadInt32LittleEndian(header[at..]);

    private static void ReadTables(SetLayout layout, ReadOnlySpan<byte> image, ReadRows rows)
    {
        for (var number = 0; number < SetTable.Most; number++)
        {
            var table = SetTable.Read(image, number);
            if (table.HasQuotients)
            {
                foreach (var value in SetQuotients.Read(layout, image, table))
                {
                    rows.Ranges.Add(Interval.FromPrefix(value, (int)table.Length, layout.Bits));
                    rows.End(SetRows.Forever, 0);
                }
                continue;
            }
            for (var word = 0u; word < table.Words; word++)
            {
                var tags = BinaryPrimitives.ReadUInt64LittleEndian(image[table.WordOffset(word)..]);
                for (var slot = 0; tags != 0; slot++, tags >>= 8)
                {
                    if ((byte)tags == 0) continue;
                    ReadEntry(layout, table, image.Slice(table.EntryOffset(word, slot), 1 << (int)table.EntryShift), rows);
                }
            }
        }
    }

    private static void ReadEntry(SetLayout layout, SetTable table, ReadOnlySpan<byte> entry, ReadRows rows)
    {
        if (layout.Structure != SetStructure.Ranges) AddKey(layout, entry, rows.Ranges);
        else rows.Ranges.Add(Interval.FromPrefix(ValueOf(layout, table, entry), (int)table.Length, layout.Bits));
        rows.End(
            layout.IsTimed ? BinaryPrimitives.ReadUInt64LittleEndian(entry[layout.EntryEnd..]) : SetRows.Forever,
            layout.IsCounted ? BinaryPrimitives.ReadUInt32LittleEndian(entry[layout.EntryPlace..]) : 0);
    }

    private static UInt128 ValueOf(SetLayout layout, SetTable table, ReadOnlySpan<byte> entry) =>
        layout.HasHalfEntries && table.EntryShift == SetLayout.HalfEntryShift
            ? new UInt128(BinaryPrimitives.ReadUInt64LittleEndian(entry), 0) : Value(entry, layout.KeyBytes);

    /// <summary>Adds the values of a key.</summary>
    internal static void AddKey(SetLayout layout, ReadOnlySpan<byte> key, List<Interval> ranges)
    {
        for (var part = 0; part < layout.Types.Count; part++)
        {
            var value = Value(key[layout.KeyOffsets[part]..], SetLayout.BytesOf(layout.Types[part]));
            ranges.Add(new(value, value));
        }
    }

    private static void ReadRecords(SetLayout layout, ReadOnlySpan<byte> image, ReadRows rows)
    {
        var count = Word(image, SetHeader.Records);
        var first = Word(image, SetHeader.RecordPage) * SetLayout.PageBytes;
        for (var i = 0; i < count; i++)
        {
            var record = image.Slice(first + i * layout.RecordBytes, layout.RecordBytes);
            var at = 0;
            foreach (var type in layout.Types)
            {
                var size = layout.RecordBytesOf(type);
                rows.Ranges.Add(new(Value(record[at..], size), Value(record[(at + size)..], size)));
                at += 2 * size;
            }
            rows.End(
                layout.IsTimed ? BinaryPrimitives.ReadUInt64LittleEndian(record[layout.RecordEnd..]) : SetRows.Forever,
                layout.IsCounted ? BinaryPrimitives.ReadUInt32LittleEndian(record[layout.RecordPlace..]) : 0);
        }
    }

    private static UInt128 Value(ReadOnlySpan<byte> from, int size) => size switch
    {
        4 => BinaryPrimitives.ReadUInt32LittleEndian(from),
        8 => BinaryPrimitives.ReadUInt64LittleEndian(from),
        _ => new UInt128(BinaryPrimitives.ReadUInt64LittleEndian(from), BinaryPrimitives.ReadUInt64LittleEndian(from[8..])),
    };
}
