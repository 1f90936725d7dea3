using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.State;
using Skep.Filter.Update;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Prepares tables for edits in place.</summary>
internal static class EditedTables
{
    /// <summary>Creates the map with the number of edits that are done, which programs of a table hold.</summary>
    /// <returns>Null when the table cannot be edited in place.</returns>
    internal static BpfMap? CreateMap(TablePrograms programs)
    {
        if (programs.Ids.Length != 1 || LoadedLists.Of(programs.First.Filter) is null) return null;
        var map = BpfMap.Create(new(BpfMapType.Array, sizeof(uint), 2 * sizeof(long), 1) { Name = "edits" });
        programs.Bind(map);
        return map;
    }

    /// <summary>Raises the first place of counters that a rule may get. From then on the table is not edited in place.</summary>
    internal static void KeepSlots(TableStore store, uint programId, int nextSlot)
    {
        if (store.ReadWritten(programId) is not { } state) return;
        File.Delete(store.EditsOf(programId).Editable);
        store.WriteState(programId, state with { NextSlot = nextSlot });
    }

    /// <summary>Writes the files that edits go by.</summary>
    internal static void Write(TableStore store, AppliedState state, LoadedFilter loaded, CounterPlan counters) =>
        store.EditsOf(state.Programs[0]).Write(new()
        {
            RuleIds = state.RuleIds,
            Head = state.Head,
            Counters = counters.Capacity,
            NextSlot = counters.NextSlot,
            EditsMap = state.EditsMap,
            ImageMap = loaded.Find(MapRole.Classifier)!.Info.Id,
            Lists = LoadedLists.Of(loaded.Filter)!,
        }, state.Rules);
}
