using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>Collects elements and makes the canonical list of them: sorted, merged, without doubles.</summary>
/// <param name="width">The ranges of an element.</param>
/// <param name="keepsRows">Whether elements are kept as they are written, because each counts by itself: only doubles are left out.</param>
internal sealed class ElementListBuilder(int width, bool keepsRows = false)
{
    // Removing boxes that lie in others is quadratic, so it is left out for lists where nobody reads the result.
    private const int MaxPrunedRows = 512;

    private readonly List<Interval> _ranges = [];
    // Of each element, once one has any.
    private List<TimeSpan?>? _timeouts;
    private List<ElementCount>? _counts;

    internal int Count => _ranges.Count / width;

    internal void Add(ReadOnlySpan<Interval> row, TimeSpan? timeout, ElementCount count = default)
    {
        if (count != default) _counts ??= [.. Enumerable.Repeat<ElementCount>(default, Count)];
        _counts?.Add(count);
        if (timeout is not null) _timeouts ??= [.. Enumerable.Repeat<TimeSpan?>(null, Count)];
        _ranges.AddRange(row);
        _timeouts?.Add(timeout);
    }

    internal void Add(ElementList other)
    {
        for (var row = 0; row < other.Count; row++) Add(other[row], other.TimeoutOf(row), other.CountOf(row));
    }

    internal ElementList Build()
    {
        if (keepsRows) return BuildAsWritten();
        if (width == 1 && _timeouts is null) return new(1, Merge(CollectionsMarshal.AsSpan(_ranges)));
        if (width == 1) return BuildTimed(_timeouts!);
        return BuildRows();
    }

    private static ImmutableArray<Interval> Merge(Span<Interval> ranges)
    {
        Sort(ranges);
        var merged = ImmutableArray.CreateBuilder<Interval>(ranges.Length);
        foreach (var range in ranges)
        {
            if (merged.Count > 0 && (merged[^1].High == UInt128.MaxValue || range.Low <= merged[^1].High + 1))
            {
                if (range.High > merged[^1].High) merged[^1] = new(merged[^1].Low, range.High);
            }
            else
            {
                merged.Add(range);
            }
        }
        return merged.DrainToImmutable();
    }

    /// <summary>Sorts by low end. Ranges of 32 bits are packed first, since lists of a million IPv4 addresses are common.</summary>
    private static void Sort(Span<Interval> ranges)
    {
        foreach (var range in ranges)
        {
            if (range.High <= uint.MaxValue) continue;
            ranges.Sort();
            return;
        }
        var packed = new ulong[ranges.Length];
        for (var i = 0; i < packed.Length; i++) packed[i] = ((ulong)ranges[i].Low << 32) | (ulong)ranges[i].High;
        packed.AsSpan().Sort();
        for (var i = 0; i < packed.Length; i++) ranges[i] = new(packed[i] >> 32, (uint)packed[i]);
    }

    private ElementList BuildTimed(List<TimeSpan?> timeouts)
    {
        var rows = new List<(Interval Range, TimeSpan? Timeout)>();
        foreach (var group in Enumerable.Range(0, Count).GroupBy(i => timeouts[i]))
            foreach (var range in Merge(group.Select(i => _ranges[i]).ToArray())) rows.Add((range, group.Key));
        rows.Sort((a, b) => a.Range.CompareTo(b.Range) is not 0 and var order ? order : Nullable.Compare(a.Timeout, b.Timeout));
        return new(1, [.. rows.Select(r => r.Range)], [.. rows.Select(r => r.Timeout)]);
    }

    private ElementList BuildAsWritten()
    {
        var order = Enumerable.Range(0, Count).ToArray();
        if (width == 1) Array.Sort(_ranges.ToArray(), order);
        else Array.Sort(order, Compare);
        var kept = new List<int>(order.Length);
        foreach (var row in order)
            if (kept.Count == 0 || Compare(kept[^1], row) != 0) kept.Add(row);
        return new(
            width, [.. kept.SelectMany(row => Enumerable.Range(row * width, width)).Select(at => _ranges[at])],
            _timeouts is { } timeouts ? [.. kept.Select(row => timeouts[row])] : default,
            _counts is { } counts ? [.. kept.Select(row => counts[row])] : default);
    }

    private ElementList BuildRows()
    {
        var order = Enumerable.Range(0, Count).ToList();
        order.Sort(Compare);
        var kept = new List<int>();
        foreach (var row in order)
            if (kept.Count == 0 || Compare(kept[^1], row) != 0) kept.Add(row);
        if (kept.Count <= MaxPrunedRows) kept = [.. kept.Where(row => !kept.Any(other => other != row && Covers(other, row)))];
        var ranges = ImmutableArray.CreateBuilder<Interval>(kept.Count * width);
        foreach (var row in kept) ranges.AddRange(Row(row));
        return new(width, ranges.MoveToImmutable(), _timeouts is { } timeouts ? [.. kept.Select(row => timeouts[row])] : default);
    }

    private ReadOnlySpan<Interval> Row(int row) => CollectionsMarshal.AsSpan(_ranges).Slice(row * width, width);

    private int Compare(int left, int right)
    {
        var order = Row(left).SequenceCompareTo(Row(right));
        return order != 0 || _timeouts is null ? order : Nullable.Compare(_timeouts[left], _timeouts[right]);
    }

    private bool Covers(int outer, int inner)
    {
        if (_timeouts is not null && _timeouts[outer] != _timeouts[inner]) return false;
        for (var i = 0; i < width; i++)
            if (!Row(outer)[i].Contains(Row(inner)[i])) return false;
        return true;
    }
}
