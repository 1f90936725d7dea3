using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Runtime.Tables;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter remove</c>.</summary>
internal static class FilterRemoveCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("TABLE") { Description = "The table's name." };
        var device = new Option<string?>("--dev") { Description = "Detach it from this device only.", HelpName = "DEV" };
        var remove = new SkepCommand("remove", "Detaches a table from its devices, all of them in one step.", new(
            "docs/apply.md",
            new("skep filter remove edge", "from all its devices"),
            new("skep filter remove edge --dev eth0", "from one of them"))) { name, device };
        remove.SetAction(parsed => FilterTables.Guarded("remove a table", () =>
        {
            string table = parsed.GetValue(name)!;
            string? only = parsed.GetValue(device);
            if (AppliedTable.Remove(table, only, Message.Print)) return ExitCode.Done;
            return only is null || AppliedTable.Read(table) is not { } applied
                ? FilterApplyCommand.NotApplied(table)
                : Message.Error(
                    $"removing table {table} from {only}: it does not filter that device (it filters {Names(applied)})", ExitCode.Failed);
        }));
        return remove;
    }

    private static string Names(AppliedTable table) => string.Join(", ", table.Devices.Select(device => device.Device + device.NameNote));
}
