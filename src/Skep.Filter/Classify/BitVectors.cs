using System.Numerics;
using Skep.Filter.Model;

namespace Skep.Filter.Classify;

/// <summary>
/// For rows that no few masks serve: of each part of the key, the ranges of values between which no row begins or ends, and for each of
/// them which rows admit it, as bits. The rows that a packet may match are those whose bits are set for all parts; each is compared, in
/// order. A bit for each 64 of them, above, is set where a word has bits.
/// </summary>
internal sealed class BitVectors
{
    /// <summary>The most rows: the bits take up to their square.</summary>
    internal const int MostRows = 16384;

    private const int MostParts = 6;

    private BitVectors(IReadOnlyList<VectorPart> parts, int rows) => (Parts, Words) = (parts, (rows + 63) / 64);

    internal IReadOnlyList<VectorPart> Parts { get; }

    /// <summary>The words of bits for rows.</summary>
    internal int Words { get; }

    /// <summary>The words of bits for those words, which come first.</summary>
    internal int Upper => (Words + 63) / 64;

    /// <summary>Makes the bits of some rows.</summary>
    /// <returns>Null when no part tells rows from each other.</returns>
    internal static BitVectors? Of(RowList rows, IReadOnlyList<int> members)
    {
        var parts = rows.Layout.Parts.Where(p => p.Source is KeySource.Field or KeySource.FieldHigh).ToList();
        if (rows.Layout.Presence is { } presence) parts.Add(TransportOf(presence));
        if (rows.Layout.Predicates is { } predicates) parts.AddRange(BytesOf(predicates));
        var telling = parts.Select(part => (Part: part, Kinds: members.Select(row => rows.KindOf(row, part)).Distinct().Count()))
            .Where(p => p.Kinds > 1).OrderByDescending(p => p.Kinds)
            .Take(Math.Min(MostParts, KeyHash.MostWords - rows.Layout.Words));
        var made = telling.Select(p => VectorPart.Of(rows, members, p.Part)).ToList();
        return made.Count == 0 ? null : new(made, members.Count);
    }

    /// <summary>Parts of so few bits that each value is a range.</summary>
    private static IEnumerable<KeyPart> BytesOf(KeyPart part)
    {
        for (var at = 0; at < part.Bits; at += 8) yield return part with { Shift = part.Shift + at, Bits = Math.Min(8, part.Bits - at) };
    }

    /// <summary>The bits for which transport header a packet has.</summary>
    private static KeyPart TransportOf(KeyPart presence)
    {
        var first = BitOperations.TrailingZeroCount(Presence.Transport);
        return presence with { Shift = presence.Shift + first, Bits = BitOperations.Log2((uint)Presence.Transport) - first + 1 };
    }
}

/// <summary>The bits of one part of the key.</summary>
/// <param name="Part">The part.</param>
/// <param name="Starts">
/// Where each range of values begins, the first at 0, filled up to a power of two with the highest number; none when each value is a range.
/// </param>
/// <param name="Ranges">How many there are.</param>
/// <param name="Bits">For each range, the upper words and the words.</param>
internal sealed record VectorPart(KeyPart Part, ulong[] Starts, int Ranges, ulong[] Bits)
{
    /// <summary>Values of so few bits are each a range.</summary>
    private const int FewBits = 8;

    internal static VectorPart Of(RowList rows, IReadOnlyList<int> members, KeyPart part)
    {
        if (part.Bits <= FewBits)
        {
            return new(part, [], 1 << part.Bits, BitsOfEach(rows, members, part));
        }
        var starts = new HashSet<ulong> { 0 };
        foreach (var row in members)
        {
            var (low, high) = rows.SpanOf(row, part);
            starts.Add(low);
            if (high < part.Mask >> part.Shift) starts.Add(high + 1);
        }
        ulong[] ordered = [.. starts.Order()];
        var (first, end) = (new int[members.Count], new int[members.Count]);
        for (var at = 0; at < members.Count; at++)
        {
            var (low, high) = rows.SpanOf(members[at], part);
            first[at] = Array.BinarySearch(ordered, low);
            end[at] = high < low ? first[at] : high < part.Mask >> part.Shift ? Array.BinarySearch(ordered, high + 1) : ordered.Length;
        }
        var padded = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, ordered.Length))];
        Array.Fill(padded, ulong.MaxValue);
        ordered.CopyTo(padded, 0);
        return new(part, padded, ordered.Length, Sweep(ordered.Length, first, end));
    }

    /// <summary>The bits of each value.</summary>
    private static ulong[] BitsOfEach(RowList rows, IReadOnlyList<int> members, KeyPart part)
    {
        var words = (members.Count + 63) / 64;
        var upper = (words + 63) / 64;
        var bits = new ulong[(upper + words) << part.Bits];
        for (var at = 0; at < members.Count; at++)
        {
            var (value, mask, low, high) = rows.KindOf(members[at], part);
            for (var admitted = low; admitted <= high; admitted++)
            {
                if (((admitted << part.Shift ^ value) & mask) != 0) continue;
                var own = bits.AsSpan((int)admitted * (upper + words));
                own[upper + at / 64] |= 1UL << at;
                own[at / 64 / 64] |= 1UL << (at / 64);
            }
        }
        return bits;
    }

    /// <summary>The range of a value, found as the program finds it.</summary>
    internal int RangeOf(ulong value)
    {
        if (Starts.Length == 0) return (int)value;
        var at = 0;
        for (var step = Starts.Length / 2; step > 0; step /= 2)
            if (Starts[at + step] <= value) at += step;
        return Math.Min(at, Ranges - 1);
    }

    /// <summary>
    /// The bits of all ranges, from the ranges where each row begins and ends: what changes from one to the next is little.
    /// </summary>
    private static ulong[] Sweep(int ranges, int[] first, int[] end)
    {
        var (begins, ends) = (InOrder(first), InOrder(end));
        var writer = new Writer(ranges, first.Length);
        var (begun, ended) = (0, 0);
        for (var range = 0; range < ranges; range++)
        {
            for (; begun < begins.Length && first[begins[begun]] == range; begun++) writer.Admit(begins[begun]);
            for (; ended < ends.Length && end[ends[ended]] == range; ended++) writer.Refuse(ends[ended]);
            writer.Write(range);
        }
        return writer.Bits;
    }

    private static int[] InOrder(int[] places)
    {
        int[] rows = [.. Enumerable.Range(0, places.Length)];
        Array.Sort((int[])places.Clone(), rows);
        return rows;
    }

    private sealed class Writer(int ranges, int rows)
    {
        private readonly int _upper = ((rows + 63) / 64 + 63) / 64;
        private readonly ulong[] _current = new ulong[(rows + 63) / 64 + ((rows + 63) / 64 + 63) / 64];

        internal ulong[] Bits { get; } = new ulong[ranges * ((rows + 63) / 64 + ((rows + 63) / 64 + 63) / 64)];

        internal void Admit(int row)
        {
            _current[_upper + row / 64] |= 1UL << row;
            _current[row / 64 / 64] |= 1UL << (row / 64);
        }

        internal void Refuse(int row)
        {
            _current[_upper + row / 64] &= ~(1UL << row);
            if (_current[_upper + row / 64] == 0) _current[row / 64 / 64] &= ~(1UL << (row / 64));
        }

        /// <summary>Writes the bits of the rows that are admitted now.</summary>
        internal void Write(int range) => _current.CopyTo(Bits, range * _current.Length);
    }
}
