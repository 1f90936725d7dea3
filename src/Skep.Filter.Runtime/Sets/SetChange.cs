using System;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Files;

namespace Skep.Filter.Runtime.Sets;

/// <summary>What a change did to a set, in elements.</summary>
/// <param name="Set">Its name.</param>
/// <param name="Added">Elements that it did not have.</param>
/// <param name="Removed">Elements that it has no longer.</param>
/// <param name="Kept">Elements that it had and has.</param>
public readonly record struct SetDelta(string Set, long Added, long Removed, long Kept);

/// <summary>
/// Changes sets of one table: all of them, or none. While rules wait for their confirmation, the same sets of the rules before are changed
/// too, so that elements are kept whichever rules stay.
/// </summary>
internal sealed class SetChange(string table, Action<string> report)
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(60);

    /// <summary>Does it, under the lock: a change of the table ends first.</summary>
    /// <param name="sets">The sets, as they were when the elements were read, and what is done to each.</param>
    /// <param name="accept">Takes what would change, and refuses it by an exception; null where nothing is refused.</param>
    internal IReadOnlyList<SetDelta> Perform(
        IReadOnlyList<(LiveSet Set, ISetEdit Edit)> sets, Action<IReadOnlyList<SetDelta>>? accept = null)
    {
        using var turn =
            TableStore.Lock(report, MostWait,
                $"changing {(sets.Count == 1 ? "set " : "sets ")}{string.Join(", ", sets.Select(s => s.Set.Name))} of table {table}");
        if (TryInPlace(sets)) return [];
        var (acting, waiting) = (new List<(SetCopy Copy, SetRows Rows)>(), new List<(SetCopy Copy, SetRows Rows)>());
        var used = new HashSet<uint>();
        var deltas = new List<SetDelta>();
        try
        {
            var now = LoadedFilter.Now;
            foreach (var (set, edit) in sets)
            {
                var copy = SetCopy.OpenActing(table, set.Name);
                acting.Add((copy, None(copy)));
                set.CheckStillFits(copy);
                edit.Check(copy);
                var all = copy.Read();
                used.UnionWith(all.Places());
                var before = all.Live(now);
                var after = edit.After(copy, before, now, isActing: true);
                acting[^1] = (copy, after);
                deltas.Add(Delta(copy, before, after));
                if (SetCopy.OpenWaiting(copy) is not { } other) continue;
                waiting.Add((other, None(other)));
                if (other.HasRanges || !copy.HasRanges || !edit.HasIntervals)
                {
                    var others = other.Read();
                    used.UnionWith(others.Places());
                    waiting[^1] = (other, edit.After(other, others.Live(now), now, isActing: false));
                }
                else throw other.Refusal("the rules that wait for their confirmation have it without ranges",
                    $"skep filter confirm {table}, or wait");
            }
            accept?.Invoke(deltas);
            SetPlaces(acting, waiting, used);
            Put(waiting, acting);
            return deltas;
        }
        finally
        {
            foreach (var (copy, _) in acting.Concat(waiting)) copy.Dispose();
        }
    }

    private static SetRows None(SetCopy copy) => SetRows.None(copy.Layout.Types.Count, copy.Set.IsCounted);

    /// <summary>Gives new elements the places where they count: in the rules that wait the same ones, where they share them.</summary>
    private static void SetPlaces(
        List<(SetCopy Copy, SetRows Rows)> acting, List<(SetCopy Copy, SetRows Rows)> waiting, HashSet<uint> used)
    {
        for (var i = 0; i < acting.Count; i++) acting[i] = (acting[i].Copy, Placed(acting[i].Copy, acting[i].Rows, used));
        for (var i = 0; i < waiting.Count; i++)
        {
            var (copy, rows) = waiting[i];
            var shared = acting.Find(a => a.Copy.Set.Name == copy.Set.Name && a.Copy.SharesCounters(copy));
            if (shared.Copy is not null) rows = rows.PlacedAs(shared.Rows);
            used.UnionWith(rows.Places());
            waiting[i] = (copy, Placed(copy, rows, used));
        }
    }

    private static SetRows Placed(SetCopy copy, SetRows rows, HashSet<uint> used)
    {
        if (!copy.Set.IsCounted) return rows;
        using var counters = copy.OpenCounters();
        return counters.Assign(rows, used);
    }

    /// <summary>Changes one element in the image that packets are looked up in, where its cost does not depend on the set's size.</summary>
    private bool TryInPlace(IReadOnlyList<(LiveSet Set, ISetEdit Edit)> sets)
    {
        if (sets.Where(s => s.Edit.Count > 0).ToList() is not [({ } set, { Count: 1 } edit)]) return false;
        if (new TableStore(table).HasPendingChange) return false;
        using var copy = SetCopy.OpenActing(table, set.Name);
        set.CheckStillFits(copy);
        edit.Check(copy);
        return edit.TryInPlace(copy, LoadedFilter.Now);
    }

    private static SetDelta Delta(SetCopy copy, SetRows before, SetRows after)
    {
        var kept = before.InCommon(after, byRow: copy.HasRanges || before.KeepsRows);
        return new(copy.Set.Name, copy.Layout.CountOf(after) - kept, copy.Layout.CountOf(before) - kept, kept);
    }

    /// <summary>Makes all images first: what can fail for want of memory fails before anything changed.</summary>
    private static void Put(List<(SetCopy Copy, SetRows Rows)> waiting, List<(SetCopy Copy, SetRows Rows)> acting)
    {
        var (images, old) = (new List<BpfMap>(), new List<BpfMap>());
        try
        {
            foreach (var (copy, rows) in waiting.Concat(acting)) images.Add(copy.CreateImage(rows));
            foreach (var (copy, _) in waiting.Concat(acting)) old.Add(copy.OpenImage());
            try
            {
                foreach (var program in waiting.Concat(acting).Select((set, i) => (set.Copy, Image: images[i]))
                    .GroupBy(s => s.Copy.ProgramId))
                    SetCopy.Put([.. program.Select(s => s.Copy)], [.. program.Select(s => s.Image)]);
            }
            catch (KernelException)
            {
                foreach (var program in waiting.Concat(acting).Select((set, i) => (set.Copy, Image: old[i])).GroupBy(s => s.Copy.ProgramId))
                    SetCopy.Put([.. program.Select(s => s.Copy)], [.. program.Select(s => s.Image)]);
                throw;
            }
        }
        finally
        {
            foreach (var map in images.Concat(old)) map.Dispose();
        }
    }
}
