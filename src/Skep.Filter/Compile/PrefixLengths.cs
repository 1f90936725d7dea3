using System.Numerics;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>
/// Writes ranges as prefixes of a few lengths: a prefix of another length as several of the next longer one (V. Srinivasan and
/// G. Varghese, Faster IP Lookups Using Controlled Prefix Expansion, 1998).
/// </summary>
internal sealed class PrefixLengths
{
    // What is left of a prefix with a hole in it has many of many lengths: such ranges are few, and better left to a search.
    private const int MostOfRange = 4;

    // A length more costs each packet a look into another table: it is worth a quarter of the prefixes.
    private const double Worth = 1.25, MostGrowth = 2;
    private const int FewestPrefixes = 4096, TakenPerLeft = 8;

    private readonly int _bits, _most;

    private PrefixLengths(int bits, int most, int[] lengths) => (_bits, _most, Lengths) = (bits, most, lengths);

    /// <summary>The lengths, the longest first.</summary>
    internal IReadOnlyList<int> Lengths { get; }

    /// <summary>Whether a range is written as prefixes; the others are left.</summary>
    internal bool Takes(Interval range) => Count(range, _bits, _most) <= _most;

    /// <summary>Chooses lengths; null when ranges need too many prefixes of so few lengths.</summary>
    /// <param name="ranges">Ranges that do not overlap.</param>
    /// <param name="bits">The bits of a value.</param>
    internal static PrefixLengths? Choose(ReadOnlySpan<Interval> ranges, int bits) =>
        Choose(ranges, bits, int.MaxValue) ?? Choose(ranges, bits, MostOfRange);

    private static PrefixLengths? Choose(ReadOnlySpan<Interval> ranges, int bits, int mostOfRange)
    {
        var counts = new double[bits + 1];
        var left = 0;
        foreach (var range in ranges)
        {
            if (mostOfRange < int.MaxValue && Count(range, bits, mostOfRange) > mostOfRange)
            {
                left++;
                continue;
            }
            foreach (var (_, length) in Split(range, bits)) counts[length]++;
        }
        var total = counts.Sum();
        if (left * TakenPerLeft > ranges.Length - left || total > MostGrowth * ranges.Length + FewestPrefixes) return null;

        // Of all ways to have the longest length j among so many: the fewest prefixes, and the length before j.
        var longest = Array.FindLastIndex(counts, count => count > 0);
        var (fewest, before) = (new double[SetTable.Most, bits + 1], new int[SetTable.Most, bits + 1]);
        for (var tables = 0; tables < SetTable.Most; tables++)
        {
            for (var j = 0; j <= longest; j++)
            {
                var (grown, best, from) = (0.0, double.PositiveInfinity, -1);
                for (var i = j; i >= 0; i--)
                {
                    if (i < j && tables > 0 && fewest[tables - 1, i] + grown < best)
                        (best, from) = (fewest[tables - 1, i] + grown, i);
                    grown += counts[i] * Math.ScaleB(1, j - i);
                }
                fewest[tables, j] = tables == 0 ? grown : best;
                before[tables, j] = from;
            }
        }
        for (var tables = 0; tables < SetTable.Most; tables++)
        {
            var most = tables < SetTable.Most - 1 ? Worth * total : MostGrowth * total + FewestPrefixes;
            if (fewest[tables, longest] > most) continue;
            var lengths = new List<int>();
            for (var (at, rest) = (longest, tables); at >= 0; at = before[rest--, at]) lengths.Add(at);
            return new(bits, mostOfRange, [.. lengths]);
        }
        return null;
    }

    /// <summary>The prefixes of these lengths that make a range.</summary>
    internal IEnumerable<(UInt128 First, int Length)> Write(Interval range)
    {
        foreach (var (first, length) in Split(range, _bits))
        {
            var longer = Lengths[^1];
            for (var i = Lengths.Count - 1; longer < length; i--) longer = Lengths[i];
            var step = UInt128.One << (_bits - longer);
            for (var piece = 0UL; piece < 1UL << (longer - length); piece++) yield return (first + piece * step, longer);
        }
    }

    private static int Count(Interval range, int bits, int most) => Split(range, bits).Take(most == int.MaxValue ? most : most + 1).Count();

    /// <summary>The fewest prefixes that make a range.</summary>
    private static IEnumerable<(UInt128 First, int Length)> Split(Interval range, int bits)
    {
        for (var first = range.Low; ;)
        {
            var free = Math.Min((int)UInt128.TrailingZeroCount(first), bits);
            var span = range.High - first;

            // A block of 2^free values may be larger than what is left.
            var fits = span == UInt128.MaxValue ? 128 : 127 - (int)UInt128.LeadingZeroCount(span + 1);
            var held = Math.Min(free, fits);
            yield return (first, bits - held);
            if (held == 128 || span == (UInt128.One << held) - 1) yield break;
            first += UInt128.One << held;
        }
    }
}
