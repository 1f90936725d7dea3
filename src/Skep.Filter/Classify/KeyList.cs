using System.Runtime.InteropServices;
using Skep.Packets.Values;

namespace Skep.Filter.Classify;

/// <summary>
/// The keys that rows are found by, in the order of the rows: bits that a packet's key must have. A row whose ranges are written as
/// prefixes has several.
/// </summary>
internal sealed class KeyList
{
    /// <summary>Beyond so many, ranges are kept as they are.</summary>
    private const int MostKeys = 1 << 21;

    private readonly RowList _rows;
    private readonly List<ulong> _values, _masks;
    private readonly List<int> _row = [];
    private readonly List<bool> _isWhole = [];
    private readonly bool _areRows;

    private KeyList(RowList rows, bool areRows)
    {
        (_rows, _areRows) = (rows, areRows);
        (_values, _masks) = areRows ? (rows.AllValues, rows.AllMasks) : ([], []);
    }

    internal int Words => _rows.Layout.Words;

    internal IReadOnlyList<KeyPart> Parts => _rows.Layout.Parts;

    internal int Count => _areRows ? _rows.Count : _row.Count;

    internal int RowOf(int key) => _areRows ? key : _row[key];

    internal int RuleOf(int key) => _rows.RuleOf(RowOf(key));

    /// <summary>Whether each packet with the key's bits matches the row.</summary>
    internal bool IsWhole(int key) => _areRows ? _rows.IsTernary(key) : _isWhole[key];

    /// <summary>The words of all keys.</summary>
    internal ReadOnlySpan<ulong> AllValues => CollectionsMarshal.AsSpan(_values);

    internal ReadOnlySpan<ulong> Values(int key) => AllValues.Slice(key * Words, Words);

    internal ReadOnlySpan<ulong> Masks(int key) => CollectionsMarshal.AsSpan(_masks).Slice(key * Words, Words);

    internal static KeyList EmptyOf(RowList rows) => new(rows, areRows: false);

    /// <summary>One key for each row.</summary>
    internal static KeyList Of(RowList rows) => new(rows, areRows: true);

    /// <summary>Writes the ranges of some keys as prefixes.</summary>
    /// <param name="keys">The keys, in order.</param>
    /// <param name="most">The most keys that are made of one.</param>
    /// <param name="mostKeys">Beyond so many, the rest is kept as it is.</param>
    internal KeyList WithPrefixes(IEnumerable<int> keys, int most, int mostKeys)
    {
        var list = EmptyOf(_rows);
        foreach (var key in keys) list.AddPrefixes(this, key, list.Count < Math.Min(mostKeys, MostKeys) ? most : 1);
        return list;
    }

    private void AddPrefixes(KeyList from, int key, int most)
    {
        var row = from.RowOf(key);
        var pieces = new List<(KeyPart Part, List<Interval> Prefixes)>();
        var product = 1L;
        for (var i = 0; i < _rows.Ranges.Count && !from.IsWhole(key); i++)
        {
            var part = _rows.Ranges[i].Part;
            var (low, span) = (_rows.Lows(row)[i], _rows.Spans(row)[i]);
            if (span >= (part.Mask >> part.Shift)) continue;
            pieces.Add((part, [.. IntervalList.Prefixes(new(low, low + span))]));
            product *= pieces[^1].Prefixes.Count;
        }
        if (product > most)
        {
            Add(row, from.Values(key), from.Masks(key), isWhole: false);
            return;
        }
        Span<ulong> values = stackalloc ulong[Words], masks = stackalloc ulong[Words];
        for (var number = 0L; number < product; number++)
        {
            from.Values(key).CopyTo(values);
            from.Masks(key).CopyTo(masks);
            var (rest, isPossible) = (number, true);
            foreach (var (part, prefixes) in pieces)
            {
                var prefix = prefixes[(int)(rest % prefixes.Count)];
                rest /= prefixes.Count;
                var mask = ~(ulong)(prefix.Low ^ prefix.High) << part.Shift & part.Mask;
                var value = (ulong)prefix.Low << part.Shift & mask;
                isPossible &= ((value ^ values[part.Word]) & mask & masks[part.Word]) == 0;
                values[part.Word] |= value;
                masks[part.Word] |= mask;
            }
            if (isPossible) Add(row, values, masks, isWhole: true);
        }
    }

    internal void Add(int row, ReadOnlySpan<ulong> values, ReadOnlySpan<ulong> masks, bool isWhole)
    {
        _values.AddRange(values);
        _masks.AddRange(masks);
        _row.Add(row);
        _isWhole.Add(isWhole);
    }
}
