using System;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
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

/// <summary>A load that would empty a set, or take out most of it.</summary>
/// <param name="message">What was refused, why, and the remedy in parentheses.</param>
/// <param name="deltas">What it would have changed.</param>
public sealed class SetLossException(string message, IReadOnlyList<SetDelta> deltas) : Exception(message)
{
    /// <summary>What it would have changed.</summary>
    public IReadOnlyList<SetDelta> Deltas { get; } = deltas;
}

/// <summary>
/// Changes sets of one table: all of them, or none. While rules wait for their confirmation, the same sets of the rules before are changed
/// too, so that elements are kept whichever rules stay.
/// </summary>
internal sealed class SetChange(string table, SetEdit edit, TimeSpan? timeout, Action<string> report)
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(60);

    /// <summary>Does it, under the lock: a change of the table ends first.</summary>
    /// <param name="sets">The sets, as they were when the elements were read, with their elements.</param>
    /// <param name="mayLose">Whether a load may take out most of a set.</param>
    internal IReadOnlyList<SetDelta> Perform(IReadOnlyList<(LiveSet Set, ElementList Elements)> sets, bool mayLose)
    {
        using var turn =
            TableStore.Lock(report, MostWait,
                $"changing {(sets.Count == 1 ? "set " : "sets ")}{string.Join(", ", sets.Select(s => s.Set.Name))} of table {table}");
        if (TryEdit(sets)) return [];
        var (acting, waiting) = (new List<(SetCopy Copy, SetRows Rows)>(), new List<(SetCopy Copy, SetRows Rows)>());
        var used = new HashSet<uint>();
        var deltas = new List<SetDelta>();
        try
        {
            var now = LoadedFilter.Now;
            foreach (var (set, elements) in sets)
            {
                var copy = SetCopy.OpenActing(table, set.Name);
                acting.Add((copy, None(copy)));
                set.CheckStillFits(copy);
                copy.CheckTimes(elements, timeout);
                var all = copy.Read();
                used.UnionWith(all.Places());
                var before = all.Live(now);
                var after = After(copy, before, elements, now, isActing: true);
                acting[^1] = (copy, after);
                deltas.Add(Delta(copy, before, after));
                if (SetCopy.OpenWaiting(copy) is not { } other) continue;
                waiting.Add((other, None(other)));
                if (other.HasRanges || !copy.HasRanges || !elements.HasIntervals)
                {
                    var others = other.Read();
                    used.UnionWith(others.Places());
                    waiting[^1] = (other, After(other, others.Live(now), elements, now, isActing: false));
                }
                else throw other.Refusal("the rules that wait for their confirmation have it without ranges",
                    $"skep filter confirm {table}, or wait");
            }
            if (edit == SetEdit.Load && !mayLose) RefuseLoss(sets, deltas);
            SetPlaces(acting, waiting, used);
            Put(waiting, acting);
            return deltas;
        }
        finally
        {
            foreach (var (copy, _) in acting.Concat(waiting)) copy.Dispose();
        }
    }

    private static SetRows None(SetCopy copy) => SetRows.Of(ElementList.Empty(copy.Layout.Types.Count), null, 0, copy.Set.IsCounted);

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
    private bool TryEdit(IReadOnlyList<(LiveSet Set, ElementList Elements)> sets)
    {
        if (edit == SetEdit.Load || sets.Where(s => s.Elements.Count > 0).ToList() is not [({ } set, { Count: 1 } elements)]) return false;
        if (new TableStore(table).HasPendingChange) return false;
        using var copy = SetCopy.OpenActing(table, set.Name);
        set.CheckStillFits(copy);
        copy.CheckTimes(elements, timeout);
        var now = LoadedFilter.Now;
        var end = copy.Set.IsTimed ? SetRows.Of(elements, timeout ?? copy.DefaultTimeout, now).EndOf(0) : SetRows.Forever;
        return copy.TryEdit(
            (image, place) => edit == SetEdit.Add ? image.PlanAdd(elements[0], end, now, copy.Set.MaxElements, place)
                : image.PlanDelete(elements[0], now),
            edit == SetEdit.Add ? elements.CountOf(0) : null);
    }

    private SetRows After(SetCopy copy, SetRows before, ElementList elements, ulong now, bool isActing)
    {
        var isCounted = copy.Set.IsCounted;
        var wanted =
            edit == SetEdit.Delete || !copy.Set.IsTimed
                ? SetRows.Of(elements.WithoutTimeouts(isCounted), null, now, isCounted)
                : SetRows.Of(elements, timeout ?? copy.DefaultTimeout, now, isCounted);
        if (edit == SetEdit.Delete)
        {
            // What the rules that wait do not have need not be taken from them.
            if (!isActing) return before.Except(wanted);
            var rest = before.Without(wanted, out var missing);
            if (missing < 0) return rest;
            if (isCounted && copy.HasRanges)
                throw new InvalidDataException(
                    $"deleting from set {copy.Set.Name} of table {table}: {copy.Format(wanted[missing])} is not an element of it (those "
                    + $"that count are deleted as they were added; skep filter set list {table} {copy.Set.Name} shows them)");
            throw new InvalidDataException(
                $"deleting from set {copy.Set.Name} of table {table}: {copy.Format(wanted[missing])} is not in it (skep filter set list "
                + $"{table} {copy.Set.Name} shows what is)");
        }
        var after = edit == SetEdit.Add ? before.With(wanted) : isCounted ? wanted.PlacedAs(before) : wanted;
        if (isCounted && after.FindOverlap() is > 0 and var row)
            throw copy.Refusal($"its elements count, and {copy.Format(after[row - 1])} and {copy.Format(after[row])} have values in common",
                "delete the one that is there first");
        copy.CheckRoom(after);
        return after;
    }

    private static SetDelta Delta(SetCopy copy, SetRows before, SetRows after)
    {
        var kept = before.InCommon(after, byRow: copy.HasRanges || before.KeepsRows);
        return new(copy.Set.Name, copy.Layout.CountOf(after) - kept, copy.Layout.CountOf(before) - kept, kept);
    }

    private void RefuseLoss(IReadOnlyList<(LiveSet Set, ElementList Elements)> sets, List<SetDelta> deltas)
    {
        const string Remedy = "look at the feed; --force loads it as it is";
        if (sets.All(s => s.Elements.Count == 0))
            throw new SetLossException(
                $"loading {sets[0].Set.Name} of table {table}: the feed has no element, and nothing was changed ({Remedy})", deltas);
        foreach (var delta in deltas)
        {
            var (before, after) = (delta.Removed + delta.Kept, delta.Added + delta.Kept);
            if (2 * after < before)
                throw new SetLossException(
                    $"loading {delta.Set} of table {table}: it has {before} elements and would have {after}, less than half, and nothing "
                    + $"was changed ({Remedy})", deltas);
        }
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

/// <summary>What is done to a set.</summary>
internal enum SetEdit
{
    Add,
    Delete,
    Load,
}
