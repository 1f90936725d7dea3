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
        return layout.IsCounted ? SetRows.OfCounted(layout.Types.Count, Ranges.ToArray(), ends, [.. _counters])
            : SetRows.Of(layout.Types.Count, Ranges.ToArray(), ends);
    }
}
