using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;

namespace Skep.Filter.Runtime.Tests.Fixtures;

/// <summary>Reads what the elements of a loaded filter's sets have counted.</summary>
internal static class ElementCountReader
{
    /// <summary>The counts, in the order of the elements.</summary>
    internal static IReadOnlyList<ElementCount> Read(LoadedFilter loaded, SetPlan set)
    {
        using var image = SetMaps.OpenImage(loaded.Find(MapRole.Sets)!, set.Number);
        using var counters = ElementCounters.Open(loaded.Find(MapRole.SetCounters)!, set.CounterNumber);
        var rows = SetMaps.Read(image, set.Layout);
        return [.. Enumerable.Range(0, rows.Count).Select(row => counters.Read(rows.CounterOf(row).Place))];
    }
}
