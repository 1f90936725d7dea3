using System;
using System.Collections.Immutable;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>
/// The elements of a set as its image holds them: rows of ranges with the times when they end. Rows of one range are sorted, do not
/// overlap, and touch only where their ends differ; rows of several are sorted and differ.
/// </summary>
internal sealed class SetRows
{
    /// <summary>The end of a row that does not run out.</summary>
    internal const ulong Forever = 0;

    private readonly ImmutableArray<Interval> _ranges;
    private readonly ulong[]? _ends;

    private SetRows(int width, ImmutableArray<Interval> ranges, ulong[]? ends)
    {
        Width = width;
        _ranges = ranges;
        _ends = ends;
    }

    internal int Width { get; }

    internal int Count => _ranges.Length / Width;

    /// <summary>All rows, <see cref="Width"/> ranges each.</summary>
    internal ReadOnlySpan<Interval> Ranges => _ranges.AsSpan();

    internal ReadOnlySpan<Interval> this[int row] => _ranges.AsSpan(row * Width, Width);

    /// <summary>When a row ends, by CLOCK_MONOTONIC in nanoseconds, or <see cref="Forever"/>.</summary>
    internal ulong EndOf(int row) => _ends is null ? Forever : _ends[row];

    /// <summary>Whether an element that ends so has not ended.</summary>
    internal static bool IsLive(ulong end, ulong now) => end == Forever || end > now;

    /// <summary>The rows of a list whose times run from now.</summary>
    internal static SetRows Of(ElementList elements, TimeSpan? defaultTimeout, ulong now)
    {
        if (!elements.HasTimeouts && defaultTimeout is null) return new(elements.Width, [.. elements.Ranges], null);
        var ends = new ulong[elements.Count];
        for (var row = 0; row < ends.Length; row++)
            ends[row] = (elements.TimeoutOf(row) ?? defaultTimeout) is { } timeout ? now + (ulong)timeout.Ticks * 100 : Forever;
        return Of(elements.Width, elements.Ranges, ends);
    }

    /// <summary>Puts rows into order. A value that several rows hold ends with the last of them.</summary>
    /// <param name="width">The ranges of a row.</param>
    /// <param name="ranges">The rows, one after the other.</param>
    /// <param name="ends">When they end, or null when none does.</param>
    internal static SetRows Of(int width, ReadOnlySpan<Interval> ranges, ulong[]? ends)
    {
        if (ends is not null && Array.TrueForAll(ends, e => e == Forever)) ends = null;
        if (width > 1) return OfBoxes(width, ranges, ends);
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
        var ends = new List<ulong>();
        for (var row = 0; row < Count; row++)
        {
            if (!IsLive(_ends[row], now)) continue;
            ranges.AddRange(this[row]);
            ends.Add(_ends[row]);
        }
        return Of(Width, ranges.ToArray(), [.. ends]);
    }

    /// <summary>These rows and others.</summary>
    internal SetRows With(SetRows other)
    {
        if (_ends is null && other._ends is null) return Of(Width, [.. _ranges, .. other._ranges], null);
        var ends = new ulong[Count + other.Count];
        for (var row = 0; row < ends.Length; row++) ends[row] = row < Count ? EndOf(row) : other.EndOf(row - Count);
        return Of(Width, [.. _ranges, .. other._ranges], ends);
    }

    /// <summary>These rows without the values of others: rows of one range are cut, of several whole rows go.</summary>
    /// <param name="other">What to take out, as sorted as these.</param>
    /// <param name="missing">The first of the others that these do not hold entirely, or -1.</param>
    internal SetRows Without(SetRows other, out int missing)
    {
        missing = -1;
        var ranges = ImmutableArray.CreateBuilder<Interval>();
        var ends = new List<ulong>();
        return Width == 1 ? CutRanges(other, ref missing, ranges, ends) : TakeRows(other, ref missing, ranges, ends);
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
        if (Width > 1)
        {
            var rest = Enumerable.Range(0, other.Count).Where(row => Holds(other[row])).SelectMany(row => other[row].ToArray()).ToArray();
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

    private bool Holds(ReadOnlySpan<Interval> row)
    {
        for (var i = 0; i < Count; i++)
            if (this[i].SequenceEqual(row)) return true;
        return false;
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
        var cut = 0;
        for (var row = 0; row < Count; row++)
        {
            if (cut < other.Count && this[row].SequenceEqual(other[cut]))
            {
                cut++;
                continue;
            }
            ranges.AddRange(this[row]);
            ends.Add(EndOf(row));
        }
        if (cut < other.Count) missing = cut;
        return new(Width, ranges.ToImmutable(), _ends is null ? null : [.. ends]);
    }

    private static SetRows OfBoxes(int width, ReadOnlySpan<Interval> ranges, ulong[]? ends)
    {
        var all = ranges.ToArray();
        var order = new int[all.Length / width];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) => all.AsSpan(a * width, width).SequenceCompareTo(all.AsSpan(b * width, width)));
        var kept = ImmutableArray.CreateBuilder<Interval>(all.Length);
        var keptEnds = new List<ulong>(order.Length);
        var last = -1;
        foreach (var row in order)
        {
            var values = all.AsSpan(row * width, width);
            var end = ends is null ? Forever : ends[row];
            if (last >= 0 && values.SequenceEqual(all.AsSpan(last * width, width)))
            {
                keptEnds[^1] = Later(keptEnds[^1], end);
                continue;
            }
            kept.AddRange(values);
            keptEnds.Add(end);
            last = row;
        }
        return new(width, kept.ToImmutable(), ends is null ? null : [.. keptEnds]);
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
