using System.CommandLine;
using Skep.Filter.Load;

namespace Skep.Cli;

/// <summary><c>skep filter show</c>, <c>list</c> and <c>stats</c>.</summary>
internal static class FilterShowCommand
{
    public static Command CreateShow()
    {
        Argument<string?> name = Name();
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var show = new Command("show", "Shows an applied table: devices, rules with their counts, totals.") { name, json };
        show.SetAction(parsed => Print(parsed.GetValue(name), parsed.GetValue(json) ? FilterTableWriter.WriteJson : FilterTableWriter.WriteText));
        return show;
    }

    public static Command CreateStats()
    {
        Argument<string?> name = Name();
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var stats = new Command("stats", "Shows packets by action and by protocol.") { name, json };
        stats.SetAction(parsed => Print(parsed.GetValue(name), parsed.GetValue(json) ? FilterTableWriter.WriteJson : FilterTableWriter.WriteTotals));
        return stats;
    }

    public static Command CreateList()
    {
        var list = new Command("list", "Lists the tables that filter a device.");
        list.SetAction(_ =>
        {
            foreach (string table in AppliedTable.List()) Console.Out.WriteLine(table);
            return ExitCode.Done;
        });
        return list;
    }

    private static Argument<string?> Name() => new("TABLE") { Description = "The table's name; may be left out when there is one only.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>Does something with the table of a name, or with the only one.</summary>
    public static int WithTable(string? name, Func<string, int> action)
    {
        if (name is null)
        {
            IReadOnlyList<string> tables = AppliedTable.List();
            if (tables.Count != 1)
                return Talk.Error(tables.Count == 0 ? "no table is applied (skep filter apply FILE applies one)" : $"several tables are applied: {string.Join(", ", tables)} (name one)", tables.Count == 0 ? ExitCode.Failed : ExitCode.Usage);
            name = tables[0];
        }

        return action(name);
    }

    private static int Print(string? name, Action<Stream, AppliedTable> write) => WithTable(name, found =>
    {
        if (AppliedTable.Read(found) is not { } table) return FilterApplyCommand.NotApplied(found);
        using Stream output = Console.OpenStandardOutput();
        write(output, table);
        return ExitCode.Done;
    });
}
