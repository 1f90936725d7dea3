using System;
using System.Collections.Immutable;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>
/// The elements of a set as its image holds them: rows of ranges with the times when they end. Rows of one range are sorted, do not
/// overlap, and touch only where their ends differ; rows of several are sorted and differ. Rows that count are kept as they are, too.
/// </summary>
internal sealed class SetRows
{
    /// <summary>The end of a row that does not run out.</summary>
    internal const ulong Forever = 0;

    private readonly ImmutableArray<Interval> _ranges;
    private readonly ulong[]? _ends;
    private readonly RowCounter[]? _counters;

    private SetRows(int width, ImmutableArray<Interval> ranges, ulong[]? ends, RowCounter[]? counters = null)
    {
        Width = width;
        _ranges = ranges;
        _ends = ends;
        _counters = counters;
    }

    /// <summary>No rows.</summary>
    internal static SetRows None(int width, bool isCounted) => Of(ElementList.Empty(width), null, 0, isCounted);

    /// <summary>Whether each row counts.</summary>
    internal bool IsCounted => _counters is not null;

    /// <summary>Whether rows are kept whole, and not merged or cut.</summary>
    internal bool KeepsRows => Width > 1 || IsCounted;

    internal int Width { get; }

    internal int Count => _ranges.Length / Width;

    /// <summary>All rows, <see cref="Width"/> ranges each.</summary>
    internal ReadOnlySpan<Interval> Ranges => _ranges.AsSpan();

    internal ReadOnlySpan<Interval> this[int row] => _ranges.AsSpan(row * Width, Width);

    /// <summary>When a row ends, by CLOCK_MONOTONIC in nanoseconds, or <see cref="Forever"/>.</summary>
    internal ulong EndOf(int row) => _ends is null ? Forever : _ends[row];

    /// <summary>Where a row counts.</summary>
    internal RowCounter CounterOf(int row) => _counters is null ? default : _counters[row];

    /// <summary>Whether an element that ends so has not ended.</summary>
    internal static bool IsLive(ulong end, ulong now) => end == Forever || end > now;

    /// <summary>The rows of a list whose times run from now.</summary>
    internal static SetRows Of(ElementList elements, TimeSpan? defaultTimeout, ulong now, bool isCounted = false)
    {
        var hasEnds = elements.HasTimeouts || defaultTimeout is not null;
        if (isCounted)
        {
            var counters = new RowCounter[elements.Count];
            for (var row = 0; row < counters.Length; row++) counters[row] = new(0, elements.CountOf(row));
            return OfCounted(elements.Width, elements.Ranges, hasEnds ? EndsOf(elements, defaultTimeout, now) : null, counters);
        }
        return hasEnds ? Of(elements.Width, elements.Ranges, EndsOf(elements, defaultTimeout, now))
            : new(elements.Width, [.. elements.Ranges], null);
    }

    private static ulong[] EndsOf(ElementList elements, TimeSpan? defaultTimeout, ulong now)
    {
        var ends = new ulong[elements.Count];
        for (var row = 0; row < ends.Length; row++)
            ends[row] = (elements.TimeoutOf(row) ?? defaultTimeout) is { } timeout ? now + (ulong)timeout.Ticks * 100 : Forever;
        return ends;
    }

    /// <summary>Puts rows that count into order. Of equal ones the first that has a place keeps it, and the later end counts.</summary>
    internal static SetRows OfCounted(int width, ReadOnlySpan<Interval> ranges, ulong[]? ends, RowCounter[] counters) =>
        OfBoxes(width, ranges, ends, counters);

    /// <summary>The places where rows count.</summary>
    internal HashSet<uint> Places() => [.. (_counters ?? []).Select(c => c.Place)];

    /// <summary>The same rows; those that others have too count where they do.</summary>
    internal SetRows PlacedAs(SetRows others)
    {
        var counters = new RowCounter[Count];
        for (var row = 0; row < Count; row++)
            counters[row] = others.IndexOf(this[row]) is >= 0 and var same ? others.CounterOf(same) : CounterOf(row);
        return At(counters);
    }

    /// <summary>The same rows, counting at other places.</summary>
    internal SetRows At(RowCounter[] counters) => new(Width, _ranges, _ends, counters);

    /// <summary>Puts rows into order. A value that several rows hold ends with the last of them.</summary>
    /// <param name="width">The ranges of a row.</param>
    /// <param name="ranges">The rows, one after the other.</param>
    /// <param name="ends">When they end, or null when none does.</param>
    internal static SetRows Of(int width, ReadOnlySpan<Interval> ranges, ulong[]? ends)
    {
        if (ends is not null && Array.TrueForAll(ends, e => e == Forever)) ends = null;
        if (width > 1) return OfBoxes(width, ranges, ends, null);
        if (ends is null)
        {
            var builder = new ElementListBuilder(1);
            foreach (var range in ranges) builder.Add([range], null);
            return new(1, [.. builder.Build().Ranges], null);
        }
        return OfRanges(ranges, ends);
    }

    /// <summary>The rows that have not ended.</summary>
    internal SetRows Live(ulong now)
    {
        if (_ends is null || Array.TrueForAll(_ends, e => IsLive(e, now))) return this;
        var ranges = ImmutableArray.CreateBuilder<Interval>();
        var (ends, counters) = (new List<ulong>(), new List<RowCounter>());
        for (var row = 0; row < Count; row++)
        {
            if (!IsLive(_ends[row], now)) continue;
            ranges.AddRange(this[row]);
            ends.Add(_ends[row]);
            counters.Add(CounterOf(row));
        }
        return IsCounted ? new(Width, ranges.ToImmutable(), [.. ends], [.. counters]) : Of(Width, ranges.ToArray(), [.. ends]);
    }

    /// <summary>These rows and others.</summary>
    internal SetRows With(SetRows other)
    {
        ulong[]? ends = null;
        if (_ends is not null || other._ends is not null)
        {
            ends = new ulong[Count + other.Count];
            for (var row = 0; row < ends.Length; row++) ends[row] = row < Count ? EndOf(row) : other.EndOf(row - Count);
        }
        return IsCounted ? OfCounted(Width, [.. _ranges, .. other._ranges], ends, [.. _counters!, .. other._counters!])
            : Of(Width, [.. _ranges, .. other._ranges], ends);
    }

    /// <summary>These rows without the values of others: rows are cut; of those that are kept whole, whole ones go.</summary>
    /// <param name="other">What to take out, as sorted as these.</param>
    /// <param name="missing">The first of the others that these do not hold entirely, or -1.</param>
    internal SetRows Without(SetRows other, out int missing)
    {
        missing = -1;
        var ranges = ImmutableArray.CreateBuilder<Interval>();
        var ends = new List<ulong>();
        return KeepsRows ? TakeRows(other, ref missing, ranges, ends) : CutRanges(other, ref missing, ranges, ends);
    }

    /// <summary>How many elements these and others have in common.</summary>
    /// <param name="other">The others.</param>
    /// <param name="byRow">Whether rows are the elements, else values.</param>
    internal long InCommon(SetRows other, bool byRow)
    {
        var (count, left, right) = (0L, 0, 0);
        while (left < Count && right < other.Count)
        {
            if (byRow)
            {
                var order = this[left].SequenceCompareTo(other[right]);
                if (order == 0) count++;
                if (order <= 0) left++;
                if (order >= 0) right++;
                continue;
            }
            var (a, b) = (_ranges[left], other._ranges[right]);
            var (low, high) = (UInt128.Max(a.Low, b.Low), UInt128.Min(a.High, b.High));
            if (low <= high) count += (long)(high - low) + 1;
            if (a.High == high) left++;
            if (b.High == high) right++;
        }
        return count;
    }

    /// <summary>These rows without what others hold of them.</summary>
    internal SetRows Except(SetRows other)
    {
        if (KeepsRows)
        {
            var rest =
                Enumerable.Range(0, other.Count).Where(row => IndexOf(other[row]) >= 0).SelectMany(row => other[row].ToArray()).ToArray();
            return Without(new(Width, [.. rest], null), out _);
        }
        var common = ImmutableArray.CreateBuilder<Interval>();
        for (int left = 0, right = 0; left < Count && right < other.Count;)
        {
            var (a, b) = (_ranges[left], other._ranges[right]);
            var (low, high) = (UInt128.Max(a.Low, b.Low), UInt128.Min(a.High, b.High));
            if (low <= high) common.Add(new(low, high));
            if (a.High == high) left++;
            if (b.High == high) right++;
        }
        return Without(new(1, common.ToImmutable(), null), out _);
    }

    /// <summary>The place of a row that is equal, of rows that are kept whole; below 0 for none.</summary>
    internal int IndexOf(ReadOnlySpan<Interval> row)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = this[middle].SequenceCompareTo(row);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    /// <summary>The first row of one range that has a value of the row before; -1 for none.</summary>
    internal int FindOverlap()
    {
        for (var row = 1; Width == 1 && row < Count; row++)
            if (_ranges[row].Low <= _ranges[row - 1].High) return row;
        return -1;
    }

    private SetRows CutRanges(SetRows other, ref int missing, ImmutableArray<Interval>.Builder ranges, List<ulong> ends)
    {
        var cut = 0;

        // What is still to be found of the range that is cut out now.
        Interval? wanted = other.Count > 0 ? other._ranges[0] : null;
        for (var row = 0; row < Count; row++)
        {
            var have = _ranges[row];
            while (wanted is { } want && want.Low <= have.High)
            {
                if (want.Low < have.Low)
                {
                    missing = cut;
                    return this;
                }
                if (have.Low < want.Low)
                {
                    ranges.Add(new(have.Low, want.Low - 1));
                    ends.Add(EndOf(row));
                }
                var high = UInt128.Min(have.High, want.High);
                if (high < want.High) wanted = new(high + 1, want.High);
                else wanted = ++cut < other.Count ? other._ranges[cut] : null;
                if (high == have.High) goto nextRow;
                have = new(high + 1, have.High);
            }
            ranges.Add(have);
            ends.Add(EndOf(row));
        nextRow:;
        }
        if (wanted is not null) missing = cut;
        return new(1, ranges.ToImmutable(), _ends is null ? null : [.. ends]);
    }

    private SetRows TakeRows(SetRows other, ref int missing, ImmutableArray<Interval>.Builder ranges, List<ulong> ends)
    {
        var (cut, counters) = (0, new List<RowCounter>());
        for (var row = 0; row < Count; row++)
        {
            if (cut < other.Count && this[row].SequenceEqual(other[cut]))
            {
                cut++;
                continue;
            }
            ranges.AddRange(this[row]);
            ends.Add(EndOf(row));
            if (IsCounted) counters.Add(CounterOf(row));
        }
        if (cut < other.Count) missing = cut;
        return new(Width, ranges.ToImmutable(), _ends is null ? null : [.. ends], IsCounted ? [.. counters] : null);
    }

    private static SetRows OfBoxes(int width, ReadOnlySpan<Interval> ranges, ulong[]? ends, RowCounter[]? counters)
    {
        var all = ranges.ToArray();
        var order = new int[all.Length / width];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        if (width == 1) Array.Sort(ranges.ToArray(), order);
        else Array.Sort(order, (a, b) => all.AsSpan(a * width, width).SequenceCompareTo(all.AsSpan(b * width, width)));
        var kept = ImmutableArray.CreateBuilder<Interval>(all.Length);
        var (keptEnds, keptCounters) = (new List<ulong>(order.Length), new List<RowCounter>());
        var last = -1;
        foreach (var row in order)
        {
            var values = all.AsSpan(row * width, width);
            var end = ends is null ? Forever : ends[row];
            if (last >= 0 && values.SequenceEqual(all.AsSpan(last * width, width)))
            {
                keptEnds[^1] = Later(keptEnds[^1], end);
                if (counters is not null && counters[row].Place > 0) keptCounters[^1] = counters[row];
                continue;
            }
            kept.AddRange(values);
            keptEnds.Add(end);
            if (counters is not null) keptCounters.Add(counters[row]);
            last = row;
        }
        return new(width, kept.ToImmutable(), ends is null ? null : [.. keptEnds], counters is null ? null : [.. keptCounters]);
    }

    /// <summary>Cuts ranges where one begins or ends; each piece ends with the last of those that cover it.</summary>
    private static SetRows OfRanges(ReadOnlySpan<Interval> ranges, ulong[] ends)
    {
        var order = ranges.ToArray();
        var sortedEnds = (ulong[])ends.Clone();
        Array.Sort(order, sortedEnds);
        var cuts = new List<UInt128>(2 * order.Length);
        foreach (var range in order)
        {
            cuts.Add(range.Low);
            if (range.High != UInt128.MaxValue) cuts.Add(range.High + 1);
        }
        cuts.Sort();

        var pieces = ImmutableArray.CreateBuilder<Interval>(order.Length);
        var pieceEnds = new List<ulong>(order.Length);
        var covering = new PriorityQueue<int, ulong>(Comparer<ulong>.Create((a, b) => (b - 1).CompareTo(a - 1)));
        var next = 0;
        for (var i = 0; i < cuts.Count; i++)
        {
            if (i > 0 && cuts[i] == cuts[i - 1]) continue;
            for (; next < order.Length && order[next].Low <= cuts[i]; next++) covering.Enqueue(next, sortedEnds[next]);
            while (covering.TryPeek(out var row, out _) && order[row].High < cuts[i]) covering.Dequeue();
            if (!covering.TryPeek(out _, out var end)) continue;
            var j = i + 1;
            while (j < cuts.Count && cuts[j] == cuts[i]) j++;
            var piece = new Interval(cuts[i], j < cuts.Count ? cuts[j] - 1 : UInt128.MaxValue);
            if (pieces.Count > 0 && pieceEnds[^1] == end && pieces[^1].High + 1 == piece.Low) pieces[^1] = new(pieces[^1].Low, piece.High);
            else
            {
                pieces.Add(piece);
                pieceEnds.Add(end);
            }
        }
        return new(1, pieces.ToImmutable(), [.. pieceEnds]);
    }

    /// <summary>The later of two ends.</summary>
    internal static ulong Later(ulong left, ulong right) => left == Forever || right == Forever ? Forever : Math.Max(left, right);
}
