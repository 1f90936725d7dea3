using System.Numerics;

namespace Skep.Filter.Classify;

/// <summary>
/// For rows that no few masks serve: of each part of the key, the ranges of values between which no row begins or ends, and for each of them
/// which rows admit it, as bits. The rows that a packet may match are those whose bits are set for all parts; each is compared, in order.
/// A bit for each 64 of them, above, tells which words to look at.
/// </summary>
internal sealed class BitVectors
{
    /// <summary>The most rows: the bits take up to their square.</summary>
    internal const int MostRows = 8192;

    private const int MostParts = 6;

    private BitVectors(IReadOnlyList<VectorPart> parts, int rows) => (Parts, Words) = (parts, (rows + 63) / 64);

    internal IReadOnlyList<VectorPart> Parts { get; }

    /// <summary>The words of bits for rows.</summary>
    internal int Words { get; }

    /// <summary>The words of bits for those words, which come first.</summary>
    internal int Upper => (Words + 63) / 64;

    /// <summary>Makes the bits of some rows.</summary>
    internal static BitVectors Of(RowList rows, IReadOnlyList<int> members)
    {
        var parts = rows.Layout.Parts.Where(p => p.Source is KeySource.Field or KeySource.FieldHigh)
            .Select(part => (Part: part, Spans: members.Select(row => rows.SpanOf(row, part)).ToArray()))
            .Where(p => p.Spans.Any(s => !IsAll(p.Part, s)))
            .OrderByDescending(p => p.Spans.Distinct().Count()).Take(MostParts).ToList();
        return new([.. parts.Select(p => VectorPart.Of(p.Part, p.Spans))], members.Count);
    }

    private static bool IsAll(KeyPart part, (ulong Low, ulong High) span) => span.Low == 0 && span.High == part.Mask >> part.Shift;
}

/// <summary>The bits of one part of the key.</summary>
/// <param name="Part">The part.</param>
/// <param name="Starts">Where each range of values begins, the first at 0, filled up to a power of two with the highest number.</param>
/// <param name="Ranges">How many there are.</param>
/// <param name="Bits">For each range, the upper words and the words.</param>
internal sealed record VectorPart(KeyPart Part, ulong[] Starts, int Ranges, ulong[] Bits)
{
    /// <summary>The steps that find a range.</summary>
    internal int Steps => BitOperations.Log2((uint)Starts.Length);

    internal static VectorPart Of(KeyPart part, (ulong Low, ulong High)[] spans)
    {
        var all = part.Mask >> part.Shift;
        var starts = new SortedSet<ulong> { 0 };
        foreach (var (low, high) in spans)
        {
            starts.Add(low);
            if (high < all) starts.Add(high + 1);
        }
        var ordered = starts.ToArray();
        var (words, upper) = ((spans.Length + 63) / 64, ((spans.Length + 63) / 64 + 63) / 64);
        var bits = new ulong[ordered.Length * (upper + words)];
        for (var row = 0; row < spans.Length; row++)
        {
            for (var range = Array.BinarySearch(ordered, spans[row].Low);
                range < ordered.Length && ordered[range] <= spans[row].High; range++)
            {
                var own = bits.AsSpan(range * (upper + words), upper + words);
                own[upper + row / 64] |= 1UL << row;
                own[row / 64 / 64] |= 1UL << (row / 64);
            }
        }
        var padded = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, ordered.Length))];
        Array.Fill(padded, ulong.MaxValue);
        ordered.CopyTo(padded, 0);
        return new(part, padded, ordered.Length, bits);
    }

    /// <summary>The range of a value, found as the program finds it.</summary>
    internal int RangeOf(ulong value)
    {
        var at = 0;
        for (var step = Starts.Length / 2; step > 0; step /= 2)
            if (Starts[at + step] <= value) at += step;
        return Math.Min(at, Ranges - 1);
    }
}
