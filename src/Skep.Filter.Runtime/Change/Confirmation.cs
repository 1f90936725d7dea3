using Skep.Filter.Check;
using Skep.Filter.Runtime.State;
using Skep.Linux.Files;
using Skep.Linux.Time;

namespace Skep.Filter.Runtime.Change;

/// <summary>The state of rules that were applied with a confirmation.</summary>
public enum ConfirmationState
{
    /// <summary>No rules of that table wait.</summary>
    NoneWaits,

    /// <summary>They wait, and the rules before return in time.</summary>
    Waits,

    /// <summary>They stay.</summary>
    Confirmed,

    /// <summary>The rules before are back.</summary>
    Returned,
}

/// <summary>
/// Keeps rules that were applied for a time, or takes them back. The kernel itself returns to the rules before when nobody does.
/// </summary>
public static class Confirmation
{
    /// <summary>Keeps a table's rules for good.</summary>
    /// <param name="name">The table.</param>
    /// <param name="report">Takes notices.</param>
    /// <returns>Confirmed, returned when it was too late, or none.</returns>
    public static ConfirmationState Confirm(string name, Action<string> report) => Change(name, report, store =>
    {
        Dispatcher.WriteUntil(store, Dispatcher.Open);
        try
        {
            TableRecovery.GoForward(store, store.ReadPendingChange()!);
        }
        catch (IOException e)
        {
            report($"table {name}: the new rules stay, but the change is still on file: {e.Message}");
        }
        return ConfirmationState.Confirmed;
    });

    /// <summary>Takes a table's rules back before their time.</summary>
    /// <param name="name">The table.</param>
    /// <param name="report">Takes notices.</param>
    /// <returns>Returned, or none.</returns>
    public static ConfirmationState Return(string name, Action<string> report) => Change(name, report, store =>
    {
        TableRecovery.One(store, report, returnNow: true);
        return ConfirmationState.Returned;
    });

    /// <summary>Returns the state of the rules of a program, without changing it.</summary>
    /// <param name="name">The table.</param>
    /// <param name="programId">The program that was applied.</param>
    public static ConfirmationState Look(string name, uint programId)
    {
        var store = new TableStore(name);
        if (IsToConfirm())
        {
            if ((ulong)Clocks.BootNanoseconds() < Dispatcher.ReadUntil(store)) return ConfirmationState.Waits;
            if (IsToConfirm()) return ConfirmationState.Returned;
            // Another process ended the change between the two, and its dispatcher is gone.
        }

        using var rules = ActingRules.Open(name);
        return rules?.ProgramId == programId || rules?.State.Programs.Contains(programId) == true
            ? ConfirmationState.Confirmed : ConfirmationState.Returned;

        bool IsToConfirm() => store.ReadPendingChange() is { ToConfirm: true } change && change.After == programId;
    }

    private static ConfirmationState Change(string name, Action<string> report, Func<TableStore, ConfirmationState> end)
    {
        if (!Names.IsIdentifier(name)) return ConfirmationState.NoneWaits;
        using var turn = TableStore.Lock(report);
        var store = new TableStore(name);
        var waited = store.ReadPendingChange() is { ToConfirm: true };
        TableRecovery.All(report);
        if (!waited) return ConfirmationState.NoneWaits;
        return store.ReadPendingChange() is { ToConfirm: true } ? end(store) : ConfirmationState.Returned;
    }
}
