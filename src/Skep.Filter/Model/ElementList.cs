using System;
using System.Collections.Immutable;
using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>
/// The elements of a set, as rows of ranges: one range per row for a plain set, one per field for a concatenation. A value is in the set
/// when a row contains it. Rows are sorted; rows of one range neither overlap nor touch, unless their timeouts differ or they are kept as
/// they were written.
/// </summary>
public sealed class ElementList : IEquatable<ElementList>
{
    private readonly ImmutableArray<Interval> _ranges;
    private readonly ImmutableArray<TimeSpan?> _timeouts;
    private readonly ImmutableArray<ElementCount> _counts;

    internal ElementList(
        int width, ImmutableArray<Interval> ranges, ImmutableArray<TimeSpan?> timeouts = default,
        ImmutableArray<ElementCount> counts = default)
    {
        Width = width;
        _ranges = ranges;
        _timeouts = timeouts.IsDefault ? [] : timeouts;
        _counts = counts.IsDefault ? [] : counts;
    }

    /// <summary>The number of ranges in a row: the number of fields that the set is matched with.</summary>
    public int Width { get; }

    /// <summary>The number of rows.</summary>
    public int Count => _ranges.Length / Width;

    /// <summary>All rows, one after the other, <see cref="Width"/> ranges each.</summary>
    public ReadOnlySpan<Interval> Ranges => _ranges.AsSpan();

    /// <summary>The same as a list.</summary>
    internal ImmutableArray<Interval> RangeList => _ranges;

    /// <summary>The same rows, without what they have counted and how long they last.</summary>
    internal ElementList WithoutState() => new(Width, _ranges);

    /// <summary>Whether any row has a timeout of its own.</summary>
    public bool HasTimeouts => !_timeouts.IsEmpty;

    /// <summary>Whether any range holds more than one value.</summary>
    public bool HasIntervals
    {
        get
        {
            foreach (var range in _ranges)
                if (!range.IsSingle) return true;
            return false;
        }
    }

    /// <summary>One row.</summary>
    /// <param name="index">Its place, from 0.</param>
    /// <returns>Its ranges, one a field.</returns>
    public ReadOnlySpan<Interval> this[int index] => _ranges.AsSpan(index * Width, Width);

    /// <summary>How long a row lasts, where it has a time of its own.</summary>
    /// <param name="index">The row's place.</param>
    /// <returns>The time from the moment the set is loaded, or null.</returns>
    public TimeSpan? TimeoutOf(int index) => _timeouts.IsEmpty ? null : _timeouts[index];

    /// <summary>What a row begins to count from, in a set that counts.</summary>
    /// <param name="index">The row's place.</param>
    public ElementCount CountOf(int index) => _counts.IsEmpty ? default : _counts[index];

    /// <summary>Whether any row begins to count from what was written.</summary>
    internal bool HasCounts => !_counts.IsEmpty;

    /// <summary>Whether a row holds the values.</summary>
    /// <param name="values">One value a field.</param>
    /// <returns>True when one does.</returns>
    public bool Contains(ReadOnlySpan<UInt128> values) => IndexOf(values, static (_, _) => true, 0) >= 0;

    /// <summary>The first row that has not run out and holds the values; -1 for none.</summary>
    internal int Find(ReadOnlySpan<UInt128> values, TimeSpan age, TimeSpan? defaultTimeout) =>
        IndexOf(values, static (timeout, limits) => (timeout ?? limits.defaultTimeout) is not { } end || limits.age < end,
            (age, defaultTimeout));

    private int IndexOf<T>(ReadOnlySpan<UInt128> values, Func<TimeSpan?, T, bool> isLive, T state)
    {
        if (Width == 1 && _timeouts.IsEmpty)
        {
            var (low, high) = (0, Count - 1);
            while (low <= high)
            {
                var middle = (low + high) / 2;
                if (values[0] < _ranges[middle].Low) high = middle - 1;
                else if (values[0] > _ranges[middle].High) low = middle + 1;
                else return isLive(null, state) ? middle : -1;
            }
            return -1;
        }
        for (var row = 0; row < Count; row++)
            if (RowHolds(row, values) && isLive(TimeoutOf(row), state)) return row;
        return -1;
    }

    private bool RowHolds(int row, ReadOnlySpan<UInt128> values)
    {
        var ranges = this[row];
        for (var i = 0; i < ranges.Length; i++)
            if (!ranges[i].Contains(values[i])) return false;
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(ElementList? other) =>
        other is not null && Width == other.Width && _ranges.SequenceEqual(other._ranges) && _timeouts.SequenceEqual(other._timeouts)
        && _counts.SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ElementList);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Width, Count, _ranges.IsEmpty ? default : _ranges[0]);

    /// <summary>The same elements for ever.</summary>
    /// <param name="keepsRows">Whether they are kept as they are, else merged.</param>
    internal ElementList WithoutTimeouts(bool keepsRows)
    {
        if (_timeouts.IsEmpty) return this;
        var builder = new ElementListBuilder(Width, keepsRows);
        for (var row = 0; row < Count; row++) builder.Add(this[row], null);
        return builder.Build();
    }

    internal static ElementList Empty(int width) => new(width, []);
}
