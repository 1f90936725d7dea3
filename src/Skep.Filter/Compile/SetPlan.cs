using System;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>The structure that holds a named set.</summary>
public enum SetStructure
{
    /// <summary>A bit for each value.</summary>
    Bitmap,

    /// <summary>A hash of the elements.</summary>
    Hash,

    /// <summary>A hash of the single values, and behind an index the sorted ranges.</summary>
    Ranges,

    /// <summary>A list of the elements, searched from its start.</summary>
    Rows,
}

/// <summary>How a named set is held.</summary>
/// <param name="Set">The set.</param>
/// <param name="Elements">Its elements, those of its feed included.</param>
/// <param name="Number">Its place in the map of sets.</param>
/// <param name="Reason">Why it is held so.</param>
/// <param name="Layout">Where things are in its image.</param>
public sealed record SetPlan(Set Set, ElementList Elements, int Number, string Reason, SetLayout Layout)
{
    private const int LeastCapacity = 64;

    /// <summary>Its place among the sets that count; -1 when it does not.</summary>
    internal int CounterNumber { get; init; } = -1;

    /// <summary>What holds the elements.</summary>
    public SetStructure Structure => Layout.Structure;

    internal static SetPlan Of(Set set, int number)
    {
        var elements = set.AllElements();
        var isInterval = set.IsInterval;
        var (structure, reason) = (set.Types.Count, isInterval) switch
        {
            (1, _) when !set.HasTimeouts && !set.HasCounters && DataTypeInfo.BitsOf(set.Types[0]) <= 16 =>
                (SetStructure.Bitmap, "a value has at most 16 bits"),
            (1, true) => (SetStructure.Ranges, "it may have ranges"),
            (_, false) => (SetStructure.Hash, "it has no ranges"),
            _ => (SetStructure.Rows, "it may have ranges in several fields"),
        };
        var capacity = CapacityOf(set, elements.Count);
        return new(set, elements, number, reason, new(structure, set.Types, set.HasTimeouts, capacity, isInterval, set.HasCounters));
    }

    /// <summary>The rows that a list has room for: the verifier walks through each.</summary>
    private static int CapacityOf(Set set, int count) =>
        Math.Min(SetLayout.MostRows, set.MaxElements ?? Math.Max(LeastCapacity, 2 * count));
}
