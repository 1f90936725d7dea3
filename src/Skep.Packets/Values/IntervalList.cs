namespace Skep.Packets.Values;

/// <summary>Lists of ranges in order, of which none overlaps another.</summary>
public static class IntervalList
{
    /// <summary>The values of a domain that are in no range.</summary>
    public static List<Interval> Complement(ReadOnlySpan<Interval> ranges, Interval domain)
    {
        var gaps = new List<Interval>();
        var next = domain.Low;
        foreach (var range in ranges)
        {
            if (range.Low > next) gaps.Add(new(next, range.Low - 1));
            if (range.High >= domain.High) return gaps;
            next = range.High + 1;
        }
        gaps.Add(new(next, domain.High));
        return gaps;
    }

    /// <summary>The fewest prefixes that hold the values of a range.</summary>
    public static IEnumerable<Interval> Prefixes(Interval range)
    {
        var low = range.Low;
        while (true)
        {
            // The largest block that begins here and does not end behind the range.
            var below = low == 0 ? UInt128.MaxValue : (low & (~low + 1)) - 1;
            while (below > range.High - low) below >>= 1;
            yield return new(low, low + below);
            if (low + below == range.High) yield break;
            low += below + 1;
        }
    }
}
