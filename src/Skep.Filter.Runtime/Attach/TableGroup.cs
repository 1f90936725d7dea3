using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Applies several tables: all of them, or none.</summary>
public static class TableGroup
{
    // Until the last is in place, the kernel returns to the rules before by itself, should this process be killed.
    private static readonly TimeSpan MayTake = TimeSpan.FromMinutes(10);

    /// <summary>Applies them, in their order.</summary>
    /// <param name="tables">Each with what it is applied to.</param>
    /// <param name="report">Takes notices.</param>
    /// <exception cref="Compile.FilterCompileException">One cannot be compiled; the devices of all are as they were.</exception>
    /// <exception cref="Linux.Errors.KernelException">The kernel refused one; the devices of all are as they were.</exception>
    /// <exception cref="InvalidDataException">A device carries another's program, or two tables are for one device.</exception>
    public static void Apply(IReadOnlyList<(Table Table, ApplyRequest Request)> tables, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(tables);
        RefuseShared(tables);
        var begun = new List<string>();
        try
        {
            foreach ((Table table, ApplyRequest request) in tables)
            {
                begun.Add(table.Name);
                FilterApplier.Apply(table, request.IsTrial ? request : request with { Confirm = MayTake, IsOfGroup = true }, report);
            }
        }
        catch
        {
            foreach (string name in Enumerable.Reverse(begun)) Confirmation.Return(name, report);
            throw;
        }

        // One that did not change waits for nothing.
        foreach (string name in begun.Where(name => Confirmation.Confirm(name, report) == ConfirmationState.Returned))
            throw new IOException($"applying table {name}: it took longer than {MayTake.TotalMinutes} minutes (apply the tables again)");
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
