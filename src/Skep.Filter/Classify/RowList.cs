using Skep.Filter.Model;

namespace Skep.Filter.Classify;

/// <summary>A range that some rows ask for, which bits cannot express.</summary>
/// <param name="Part">Where the value stands in the key.</param>
internal readonly record struct KeyRange(KeyPart Part)
{
    /// <summary>Whether its limits take 4 bytes each, not 8.</summary>
    internal bool IsNarrow => Part.Bits <= 32;
}

/// <summary>
/// Rows of one family in the order of their rules: what the words of a key must be, and ranges. A rule has one row or more.
/// </summary>
/// <param name="layout">Where the parts of the key stand.</param>
/// <param name="ranges">The ranges that rows ask for.</param>
/// <param name="capacity">How many rows there will be.</param>
internal sealed class RowList(KeyLayout layout, IReadOnlyList<KeyRange> ranges, int capacity)
{
    private readonly List<ulong> _values = new(capacity * layout.Words), _masks = new(capacity * layout.Words);
    private readonly List<ulong> _lows = new(capacity * ranges.Count), _spans = new(capacity * ranges.Count);
    private readonly List<int> _rules = new(capacity);

    internal KeyLayout Layout => layout;

    /// <summary>The bits that must be set, and those that count, of all rows.</summary>
    internal List<ulong> AllValues => _values;

    internal List<ulong> AllMasks => _masks;

    internal IReadOnlyList<KeyRange> Ranges => ranges;

    internal int Count => _rules.Count;

    /// <summary>How many rules have rows.</summary>
    internal int Rules { get; private set; }

    internal int RuleOf(int row) => _rules[row];

    internal ReadOnlySpan<ulong> Values(int row) => Slice(_values, row, layout.Words);

    internal ReadOnlySpan<ulong> Masks(int row) => Slice(_masks, row, layout.Words);

    /// <summary>The lowest value of each range.</summary>
    internal ReadOnlySpan<ulong> Lows(int row) => Slice(_lows, row, ranges.Count);

    /// <summary>How far the highest value of each range is above the lowest.</summary>
    internal ReadOnlySpan<ulong> Spans(int row) => Slice(_spans, row, ranges.Count);

    /// <summary>Whether bits express all conditions of the row.</summary>
    internal bool IsTernary(int row)
    {
        for (var i = 0; i < ranges.Count; i++)
            if (HasRange(row, i)) return false;
        return true;
    }

    /// <summary>Values of a part between which all are that a row admits, and perhaps more.</summary>
    internal (ulong Low, ulong High) SpanOf(int row, KeyPart part)
    {
        var mask = (Masks(row)[part.Word] & part.Mask) >> part.Shift;
        var value = (Values(row)[part.Word] & part.Mask) >> part.Shift;
        var (low, high) = (value, value | ((part.Mask >> part.Shift) & ~mask));
        for (var i = 0; i < ranges.Count; i++)
        {
            if (ranges[i].Part != part || !HasRange(row, i)) continue;
            (low, high) = (Math.Max(low, Lows(row)[i]), Math.Min(high, Lows(row)[i] + Spans(row)[i]));
        }
        return (low, high);
    }

    /// <summary>What a row asks for of a part: rows that ask for the same have the same.</summary>
    internal (ulong Value, ulong Mask, ulong Low, ulong High) KindOf(int row, KeyPart part)
    {
        var (low, high) = SpanOf(row, part);
        return (Values(row)[part.Word] & part.Mask, Masks(row)[part.Word] & part.Mask, low, high);
    }

    /// <summary>Whether a row asks for a range.</summary>
    internal bool HasRange(int row, int range) => _spans[row * ranges.Count + range] != All(ranges[range]);

    /// <summary>Whether a key matches a row.</summary>
    internal bool Matches(int row, ReadOnlySpan<ulong> key)
    {
        var values = Values(row);
        var masks = Masks(row);
        for (var word = 0; word < values.Length; word++)
            if ((key[word] & masks[word]) != values[word]) return false;
        for (var i = 0; i < ranges.Count; i++)
        {
            var part = ranges[i].Part;
            var value = (key[part.Word] & part.Mask) >> part.Shift;
            if (value - Lows(row)[i] > Spans(row)[i]) return false;
        }
        return true;
    }

    internal void Add(int rule, ReadOnlySpan<Atom> atoms, int presence, ulong predicates)
    {
        var (word, range) = (_values.Count, _lows.Count);
        for (var i = 0; i < layout.Words; i++)
        {
            _values.Add(0);
            _masks.Add(0);
        }
        for (var i = 0; i < ranges.Count; i++)
        {
            _lows.Add(0);
            _spans.Add(All(ranges[i]));
        }
        var transport = (presence & Presence.Transport) == 0 ? 0 : Presence.Transport;
        if (layout.Presence is { } bits) Require(word, bits, (ulong)presence, (ulong)(presence | transport));
        if (layout.Predicates is { } numbers) Require(word, numbers, predicates, predicates);
        foreach (var atom in atoms)
        {
            if (FieldInfo.Of(atom.Place).Bits > 64)
                Require(word, layout.HighOf(atom.Place), (ulong)(atom.Value >> 64), (ulong)(atom.Mask >> 64));
            var part = layout.Of(atom.Place);
            Require(word, part, (ulong)atom.Value, (ulong)atom.Mask);
            if (!atom.HasRange) continue;
            for (var i = 0; i < ranges.Count; i++)
            {
                if (ranges[i].Part != part) continue;
                _lows[range + i] = atom.Low;
                _spans[range + i] = atom.High - atom.Low;
            }
        }
        if (_rules is [] || _rules[^1] != rule) Rules++;
        _rules.Add(rule);
    }

    private void Require(int first, KeyPart part, ulong value, ulong mask)
    {
        _values[first + part.Word] |= (value << part.Shift) & part.Mask;
        _masks[first + part.Word] |= (mask << part.Shift) & part.Mask;
    }

    private static ulong All(KeyRange range) => ulong.MaxValue >> (64 - (range.IsNarrow ? 32 : 64));

    private static ReadOnlySpan<ulong> Slice(List<ulong> list, int row, int width) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list).Slice(row * width, width);
}
