using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>Writes the image of a set, as <see cref="SetLayout"/> describes it.</summary>
internal sealed class SetImage
{
    // Ranges so short are written as single values when that leaves no ranges: the hash alone is faster.
    private const int ShortRange = 8;

    // A set with so many elements has room for ranges that are added later, also when it has none.
    private const int FewestWithEdges = 1 << 19;

    // Below this many single values for each range the hash would save nothing: all go to the records.
    private const int SinglesPerRange = 8;

    private readonly SetLayout _layout;
    private readonly SetRows _rows;
    private readonly int _fewestQuotients;
    private readonly int _fewestEdges;
    private readonly bool _mayHavePrefixes;
    private byte[] _bytes = [];

    private SetImage(SetLayout layout, SetRows rows, int fewestQuotients, int fewestEdges, bool mayHavePrefixes)
    {
        _mayHavePrefixes = mayHavePrefixes;
        _layout = layout;
        _rows = rows;
        _fewestQuotients = fewestQuotients;
        _fewestEdges = fewestEdges;
    }

    /// <summary>Makes an image.</summary>
    /// <param name="layout">What it is to be like.</param>
    /// <param name="rows">The elements.</param>
    /// <param name="fewestQuotients">From how many single values on they are kept as quotients where they can be.</param>
    /// <param name="fewestEdges">From how many ranges on they are found by their edges where they can be.</param>
    /// <param name="mayHavePrefixes">Whether ranges are written as prefixes where few lengths make them.</param>
    /// <param name="cpus">Of a set that counts, the CPUs that its counters are for.</param>
    /// <returns>Whole pages.</returns>
    internal static byte[] Write(SetLayout layout, SetRows rows, int fewestQuotients = SetQuotients.Fewest,
        int fewestEdges = SetEdges.Fewest, bool mayHavePrefixes = true, int cpus = 0)
    {
        var image = new SetImage(layout, rows, fewestQuotients, fewestEdges, mayHavePrefixes);
        switch (layout.Structure)
        {
            case SetStructure.Bitmap:
                image.WriteBits();
                break;
            case SetStructure.Hash:
                image.WriteHash(SetKeys.OfRows(layout, rows));
                break;
            case SetStructure.Rows:
                image.WriteRecords(1, rows.Count, row => row);
                break;
            default:
                image.WriteRanges();
                break;
        }
        BinaryPrimitives.WriteInt64LittleEndian(image._bytes.AsSpan(SetHeader.Elements), layout.CountOf(rows));
        image.Put(SetHeader.Cpus, cpus);
        return image._bytes;
    }

    private void WriteBits()
    {
        _bytes = new byte[3 * SetLayout.PageBytes];
        foreach (var range in _rows.Ranges)
            for (var value = (int)range.Low; value <= (int)range.High; value++)
                _bytes[SetLayout.PageBytes + (value >> 3)] |= (byte)(1 << (value & 7));
    }

    private void WriteHash(SetKeys keys)
    {
        if (keys.Count > 0) WriteTables([(_layout.Bits, keys)]);
        else _bytes = new byte[SetLayout.PageBytes];
    }

    private void WriteTables(IReadOnlyList<(int Length, SetKeys Keys)> keys)
    {
        _bytes = new byte[SetLayout.PageBytes];
        for (var number = 0; number < keys.Count; number++)
        {
            var (length, own) = keys[number];
            var table = own.Count >= _fewestQuotients && SetQuotients.IsFor(_layout, length)
                ? Put(SetQuotients.Fill(_layout, own, length)) : Put(SetTables.Fill(_layout, own, length));
            MemoryMarshal.Write(_bytes.AsSpan(SetTable.At(number)), table);
        }
    }

    private SetTable Put(SetTables filled) =>
        filled.Table with { TagPage = Append(filled.Words), EntryPage = Append(filled.Entries) };

    private SetTable Put(SetQuotients filled) =>
        filled.Table with { TagPage = Append(filled.Index), WordsPage = Append(filled.Words), EntryPage = Append(filled.Rests) };

    private uint Append(byte[] pages)
    {
        pages.CopyTo(Extend(pages.Length / SetLayout.PageBytes, out var first));
        return (uint)first;
    }

    private void WriteRanges()
    {
        if (_rows.Count == 0)
        {
            _bytes = new byte[SetLayout.PageBytes];
            return;
        }
        var (singles, isShort) = (0, true);
        foreach (var range in _rows.Ranges)
        {
            if (range.IsSingle) singles++;
            else if (range.High - range.Low >= ShortRange || _layout.IsCounted) isShort = false;
        }
        if (_mayHavePrefixes && PrefixLengths.Choose(_rows.Ranges, _layout.Bits) is { } lengths)
        {
            WriteTables([.. lengths.Lengths.Select(length => (length, SetKeys.OfPrefixes(_layout, _rows, lengths, length)))]);
            WriteSearched([.. Enumerable.Range(0, _rows.Count).Where(row => !lengths.Takes(_rows.Ranges[row]))]);
            return;
        }
        if (isShort)
        {
            WriteHash(SetKeys.OfValues(_layout, _rows, static _ => true));
            WriteSearched([]);
            return;
        }
        var withHash = singles > SinglesPerRange * (_rows.Count - singles);
        if (withHash) WriteHash(SetKeys.OfValues(_layout, _rows, static r => r.IsSingle));
        else _bytes = new byte[SetLayout.PageBytes];
        WriteSearched([.. Enumerable.Range(0, _rows.Count).Where(row => !withHash || !_rows.Ranges[row].IsSingle)]);
    }

    /// <summary>Writes the ranges that are in no table.</summary>
    private void WriteSearched(int[] places)
    {
        if ((places.Length >= _fewestEdges || _rows.Count >= FewestWithEdges) && SetEdges.IsFor(_layout))
        {
            WriteEdges(SetEdges.Fill(places.Select(place => _rows.Ranges[place]), places.Length), places.Length);
            return;
        }
        if (places.Length == 0) return;
        WriteIndex(places);
        WriteRecords(_bytes.Length / SetLayout.PageBytes, places.Length, at => places[at]);
    }

    private void WriteEdges(SetEdges edges, int count)
    {
        Put(SetHeader.Records, count);
        edges.Index.CopyTo(Extend(edges.Index.Length / SetLayout.PageBytes, out var index));
        edges.Words.CopyTo(Extend(edges.Words.Length / SetLayout.PageBytes, out var words));
        Put(SetHeader.EdgeIndexPage, index);
        Put(SetHeader.EdgePage, words);
        PutSpare(SetHeader.EdgeFree, edges.Words.Length / sizeof(ulong));
    }

    /// <summary>Adds pages for words that are needed later, behind those that there are.</summary>
    private void PutSpare(int free, int words)
    {
        var spare = SetLayout.SpareWordsOf(words);
        Extend(spare * sizeof(ulong) / SetLayout.PageBytes, out _);
        Put(free, words);
        Put(free + sizeof(int), words + spare);
    }

    /// <summary>
    /// For each stretch of values: the last record that begins at or before its start, and the last that begins at or before its end.
    /// </summary>
    private void WriteIndex(int[] places)
    {
        var ranges = _rows.Ranges;
        var (first, last) = (ranges[places[0]].Low, ranges[places[^1]].High);
        var wide = SetLayout.IsWide(_layout.Types[0]);
        ulong Leading(UInt128 value) => (ulong)(wide ? value >> 64 : value);
        var span = Leading(last) - Leading(first);
        var shift = Math.Max(0, 64 - (int)ulong.LeadingZeroCount(span) - (32 - int.LeadingZeroCount(places.Length)));
        var stretches = (int)(span >> shift) + 1;

        var index = Extend((stretches * 8 + SetLayout.PageBytes - 1) / SetLayout.PageBytes, out var page);
        var entries = MemoryMarshal.Cast<byte, int>(index);
        var at = 0;
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            entries[2 * stretch] = at;
            var behind = (UInt128)Leading(first) + ((UInt128)(ulong)(stretch + 1) << shift);
            if (wide) behind = behind >> 64 == 0 ? behind << 64 : UInt128.MaxValue;
            while (at + 1 < places.Length && (ranges[places[at + 1]].Low < behind || stretch == stretches - 1)) at++;
            entries[2 * stretch + 1] = at;
        }
        Put(SetHeader.IndexPage, page);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(SetHeader.Shift), shift);
        PutHalves(SetHeader.First, first);
        PutHalves(SetHeader.Last, last);
    }

    private void WriteRecords(int page, int count, Func<int, int> place)
    {
        if (_bytes.Length == 0) _bytes = new byte[SetLayout.PageBytes];
        var perPage = _layout.RecordsPerPage;
        var records = Extend((count + perPage - 1) / perPage, out _);
        for (var i = 0; i < count; i++)
        {
            var row = place(i);
            var record = records.Slice(i * _layout.RecordBytes, _layout.RecordBytes);
            var at = 0;
            for (var part = 0; part < _layout.Types.Count; part++)
            {
                var size = _layout.RecordBytesOf(_layout.Types[part]);
                PutValue(record[at..], _rows[row][part].Low, size);
                PutValue(record[(at + size)..], _rows[row][part].High, size);
                at += 2 * size;
            }
            if (_layout.IsTimed) BinaryPrimitives.WriteUInt64LittleEndian(record[_layout.RecordEnd..], _rows.EndOf(row));
            if (_layout.IsCounted) BinaryPrimitives.WriteUInt32LittleEndian(record[_layout.RecordPlace..], _rows.CounterOf(row).Place);
        }
        Put(SetHeader.Records, count);
        Put(SetHeader.RecordPage, page);
    }

    /// <summary>Adds pages.</summary>
    private Span<byte> Extend(int pages, out int first)
    {
        var old = _bytes.Length;
        first = old / SetLayout.PageBytes;
        Array.Resize(ref _bytes, old + pages * SetLayout.PageBytes);
        return _bytes.AsSpan(old);
    }

    /// <summary>Writes a value as programs read it: 16 bytes as two halves, the high one first.</summary>
    internal static void PutValue(Span<byte> into, UInt128 value, int size)
    {
        switch (size)
        {
            case 4:
                BinaryPrimitives.WriteUInt32LittleEndian(into, (uint)value);
                break;
            case 8:
                BinaryPrimitives.WriteUInt64LittleEndian(into, (ulong)value);
                break;
            default:
                BinaryPrimitives.WriteUInt64LittleEndian(into, (ulong)(value >> 64));
                BinaryPrimitives.WriteUInt64LittleEndian(into[8..], (ulong)value);
                break;
        }
    }

    private void Put(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(at), value);

    private void PutHalves(int at, UInt128 value) => PutValue(_bytes.AsSpan(at), value, 16);
}
