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
    /// <param name="readBuckets">Reads the buckets of an image that is being edited.</param>
    internal static SetRows Read(
        SetLayout layout, ReadOnlySpan<byte> image, Action<ReadRows>? readBuckets = null)
    {
        var rows = new ReadRows(layout);
        if (layout.Structure == SetStructure.Bitmap)
        {
            ReadBits(image, rows.Ranges);
            return rows.Build();
        }
        if (layout.Structure != SetStructure.Rows)
        {
            if (Word(image, SetHeader.QuotientShift) is > 0 and var shift) ReadQuotients(image, shift, rows);
            else if (readBuckets is not null) readBuckets(rows);
            else ReadBuckets(layout, image, rows);
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

    private static void ReadQuotients(ReadOnlySpan<byte> image, int shift, ReadRows rows)
    {
        foreach (var value in SetQuotients.Read(image, shift, (uint)Word(image, SetHeader.Seed), 1, Word(image, SetHeader.QuotientPage)))
        {
            rows.Ranges.Add(new(value, value));
            rows.End(SetRows.Forever, 0);
        }
    }

    private static int Word(ReadOnlySpan<byte> header, int at) => BinaryPrimitives.ReadInt32LittleEndian(header[at..]);

    private static void ReadBuckets(SetLayout layout, ReadOnlySpan<byte> image, ReadRows rows)
    {
        var buckets = BinaryPrimitives.ReadUInt32LittleEndian(image[SetHeader.Buckets..]);
        var pages = (buckets + layout.BucketsPerPage - 1) / layout.BucketsPerPage;
        for (var i = 0; i < pages * layout.BucketsPerPage; i++)
        {
            var bucket = image.Slice(SetLayout.PageBytes + i * layout.BucketBytes, layout.BucketBytes);
            var count = BinaryPrimitives.ReadInt32LittleEndian(bucket[SetLayout.BucketCount..]);
            for (var key = 0; key < count; key++)
            {
                var place =
                    layout.IsCounted ? BinaryPrimitives.ReadUInt32LittleEndian(bucket[(layout.PlacesOffset + key * sizeof(uint))..]) : 0;
                if (layout.IsCounted && place == 0) continue;
                AddKey(layout, bucket[(SetLayout.BucketKeys + key * layout.KeyBytes)..], rows.Ranges);
                rows.End(
                    layout.IsTimed ? BinaryPrimitives.ReadUInt64LittleEndian(bucket[(layout.EndsOffset + key * 8)..]) : SetRows.Forever,
                    place);
            }
        }
    }

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
