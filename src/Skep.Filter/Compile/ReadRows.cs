using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>Collects the rows that are read from an image.</summary>
internal sealed class ReadRows(SetLayout layout)
{
    private readonly List<ulong> _ends = [];
    private readonly List<RowCounter> _counters = [];

    /// <summary>Takes the ranges of rows, one after the other.</summary>
    internal List<Interval> Ranges { get; } = [];

    /// <summary>Takes what stands beside a row's ranges.</summary>
    internal void End(ulong end, uint place)
    {
        _ends.Add(end);
        if (layout.IsCounted) _counters.Add(new(place, default));
    }

    internal SetRows Build()
    {
        var ends = layout.IsTimed ? _ends.ToArray() : null;
        if (layout is { IsCounted: true, Structure: SetStructure.Ranges }) return Joined(ends);
        return layout.IsCounted ? SetRows.OfCounted(layout.Types.Count, Ranges.ToArray(), ends, [.. _counters])
            : SetRows.Of(layout.Types.Count, Ranges.ToArray(), ends);
    }

    /// <summary>The prefixes that were made of one range count at one place.</summary>
    private SetRows Joined(ulong[]? ends)
    {
        var order = Enumerable.Range(0, Ranges.Count).ToArray();
        Array.Sort([.. Ranges.Select(range => range.Low)], order);
        var (ranges, joinedEnds, counters) = (new List<Interval>(), new List<ulong>(), new List<RowCounter>());
        foreach (var at in order)
        {
            if (counters.Count > 0 && counters[^1].Place == _counters[at].Place)
            {
                ranges[^1] = new(ranges[^1].Low, Ranges[at].High);
                continue;
            }
            ranges.Add(Ranges[at]);
            joinedEnds.Add(_ends[at]);
            counters.Add(_counters[at]);
        }
        return SetRows.OfCounted(1, ranges.ToArray(), ends is null ? null : [.. joinedEnds], [.. counters]);
    }
}
