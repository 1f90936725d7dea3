using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Maps;

/// <summary>
/// Which counters the rules of a new table go on with: those of the rules of the same id. A place in the map is given once: the program
/// before may run on some CPU until a while after it was replaced, and nothing that it counts may go to another rule.
/// </summary>
/// <param name="Capacity">How many there are room for.</param>
/// <param name="Slots">The place of each rule's.</param>
/// <param name="Reuses">Whether they are in the map of the table before.</param>
/// <param name="NextSlot">The first place that no rule ever had.</param>
internal sealed record CounterPlan(int Capacity, IReadOnlyList<int> Slots, bool Reuses, int NextSlot)
{
    private const int LeastCapacity = 256;

    internal static CounterPlan Of(Table table, AppliedState? before, BpfMap? map)
    {
        if (before is null || map is null) return Fresh(table);
        var kept = before.Rules.ToDictionary(r => r.Id, r => r.Slot);
        var next = before.NextSlot;
        var slots = table.Rules.Select(rule => kept.TryGetValue(rule.Id, out var slot) ? slot : next++).ToList();
        var capacity = (int)map.Info.MaxEntries;
        return next <= capacity ? new(capacity, slots, true, next) : Fresh(table);
    }

    private static CounterPlan Fresh(Table table) =>
        new(Math.Max(LeastCapacity, 2 * table.Rules.Count), [.. Enumerable.Range(0, table.Rules.Count)], false, table.Rules.Count);
}
