using Skep.Bpf;
using Skep.Filter.Model;

namespace Skep.Filter.Load;

/// <summary>Which counters the rules of a new table go on with: those of the rules of the same id.</summary>
/// <param name="Capacity">How many there are room for.</param>
/// <param name="Slots">The place of each rule's.</param>
/// <param name="Reuses">Whether they are in the map of the table before.</param>
internal sealed record CounterPlan(int Capacity, IReadOnlyList<int> Slots, bool Reuses)
{
    private const int LeastCapacity = 256;

    internal static CounterPlan Of(Table table, AppliedState? before, BpfMap? map)
    {
        if (before is null || map is null) return Fresh(table);
        var kept = before.Rules.ToDictionary(r => r.Id, r => r.Slot);
        var taken = new HashSet<int>(kept.Values);
        var slots = new List<int>();
        var next = 0;
        foreach (var rule in table.Rules)
        {
            if (!kept.TryGetValue(rule.Id, out var slot))
            {
                // The program before counts in its rules' places until it is replaced.
                while (taken.Contains(next)) next++;
                slot = next++;
            }
            slots.Add(slot);
        }
        var capacity = (int)map.Info.MaxEntries;
        return slots.TrueForAll(s => s < capacity) ? new(capacity, slots, true) : Fresh(table);
    }

    /// <summary>Empties the places that new rules take; no attached program counts in them.</summary>
    internal void ClearNew(Table table, AppliedState before, BpfMap map)
    {
        var kept = before.Rules.Select(r => r.Id).ToHashSet();
        var zero = new byte[map.Info.UserValueSize];
        for (var i = 0; i < Slots.Count; i++)
            if (!kept.Contains(table.Rules[i].Id)) map.Update(BitConverter.GetBytes(Slots[i]), zero);
    }

    private static CounterPlan Fresh(Table table) =>
        new(Math.Max(LeastCapacity, 2 * table.Rules.Count), [.. Enumerable.Range(0, table.Rules.Count)], false);
}
