using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Applies several tables, and removes others: all of them, or none.</summary>
public static class TableGroup
{
    // Until the last is in place, the kernel returns to the rules before by itself, should this process be killed.
    private static readonly TimeSpan MayTake = TimeSpan.FromMinutes(10);

    /// <summary>Applies them, in their order.</summary>
    /// <param name="tables">Each with what it is applied to.</param>
    /// <param name="stale">Tables to remove then, whose devices the others may take; null for none.</param>
    /// <param name="report">Takes notices.</param>
    /// <exception cref="Compile.FilterCompileException">One cannot be compiled; the devices of all are as they were.</exception>
    /// <exception cref="Linux.Errors.KernelException">The kernel refused one; the devices of all are as they were.</exception>
    /// <exception cref="InvalidDataException">A device carries another's program, or two tables are for one device.</exception>
    public static void Apply(IReadOnlyList<(Table Table, ApplyRequest Request)> tables, StaleTables? stale, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(tables);
        RefuseShared(tables);
        bool isTrial = tables.Any(one => one.Request.IsTrial);
        List<string> removed = [.. stale?.Names ?? []];
        var begun = new List<string>();
        try
        {
            foreach ((Table table, ApplyRequest request) in tables)
            {
                begun.Add(table.Name);
                ApplyRequest one = request with { Removed = removed };
                FilterApplier.Apply(table, isTrial ? one : one with { Confirm = MayTake, IsOfGroup = true }, report);
            }

            foreach (string name in isTrial ? [] : stale?.Names ?? [])
            {
                begun.Add(name);
                if (!TableRemoval.Begin(name, stale!.Directory, MayTake, report)) removed.Remove(name);
            }
        }
        catch
        {
            // A trial has changed nothing: what waits is another's.
            foreach (string name in isTrial ? [] : Enumerable.Reverse(begun)) Confirmation.Return(name, report);
            throw;
        }

        // One that did not change waits for nothing.
        foreach (string name in begun.Where(name => !isTrial && Confirmation.Confirm(name, report) == ConfirmationState.Returned))
            throw new IOException($"applying table {name}: it took longer than {MayTake.TotalMinutes} minutes (apply the tables again)");
        string what = isTrial ? "would be removed" : "removed";
        foreach (string name in removed) report($"table {name}: {what}, as no file of {stale!.Directory} has it any more");
    }

    private static void RefuseShared(IReadOnlyList<(Table Table, ApplyRequest Request)> tables)
    {
        var ofDevice = new Dictionary<(string, string), string>();
        foreach ((Table table, ApplyRequest request) in tables)
        {
            foreach (string device in request.Devices)
            {
                if (ofDevice.TryAdd((request.Netns, device), table.Name)) continue;
                throw new InvalidDataException(
                    $"applying table {table.Name} to {device}: table {ofDevice[(request.Netns, device)]} is for it too "
                    + "(a device has one table)");
            }
        }
    }
}
