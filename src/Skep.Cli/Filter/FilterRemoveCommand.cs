using System.CommandLine;
using Skep.Cli.Common;
using Skep.Filter.Runtime.Tables;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter remove</c>.</summary>
internal static class FilterRemoveCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("TABLE") { Description = "The table's name." };
        var device = new Option<string?>("--dev") { Description = "Take it off this device only.", HelpName = "DEV" };
        var remove = new Command("remove", "Takes a table off its devices, all of them in one step.") { name, device };
        remove.SetAction(FilterTables.Guarded("remove a table", parsed =>
        {
            string table = parsed.GetValue(name)!;
            string? only = parsed.GetValue(device);
            if (AppliedTable.Remove(table, only, FilterTables.Say)) return ExitCode.Done;
            return only is null || AppliedTable.Read(table) is not { } applied
                ? FilterApplyCommand.NotApplied(table)
                : Talk.Error($"removing table {table} from {only}: it does not filter that device (it filters {string.Join(", ", applied.Devices.Select(d => d.Device + d.NameNote))})", ExitCode.Failed);
        }));
        return remove;
    }
}
