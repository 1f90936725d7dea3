using System;
using Skep.Filter.Compile;
using Skep.Filter.Model;

namespace Skep.Filter.Runtime.Sets;

/// <summary>How elements change a set.</summary>
internal enum SetEdit
{
    Add,
    Delete,
    Load,
}

/// <summary>Adds elements to a set, deletes them, or puts them in the place of all that it has.</summary>
/// <param name="table">The table, for errors.</param>
/// <param name="edit">Which of these.</param>
/// <param name="elements">The elements.</param>
/// <param name="timeout">How long those last that have no time of their own; null for the set's own.</param>
internal sealed class ElementEdit(string table, SetEdit edit, ElementList elements, TimeSpan? timeout) : ISetEdit
{
    public int Count => elements.Count;

    public bool HasIntervals => elements.HasIntervals;

    public void Check(SetCopy copy) => copy.CheckTimes(elements, timeout);

    public bool TryInPlace(SetCopy copy, ulong now)
    {
        if (edit == SetEdit.Load) return false;
        var end = copy.Set.IsTimed ? SetRows.Of(elements, timeout ?? copy.DefaultTimeout, now).EndOf(0) : SetRows.Forever;
        return copy.TryEdit(
            (image, place) => edit == SetEdit.Add ? image.PlanAdd(elements[0], end, now, copy.Set.MaxElements, place)
                : image.PlanDelete(elements[0], now),
            edit == SetEdit.Add ? elements.CountOf(0) : null);
    }

    public SetRows After(SetCopy copy, SetRows before, ulong now, bool isActing)
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
        copy.CheckRows(after);
        return after;
    }
}
