using System.CommandLine;
using Skep.Filter.Load;

namespace Skep.Cli;

/// <summary><c>skep filter show</c> and <c>stats</c>.</summary>
internal static class FilterShowCommand
{
    public static Command CreateShow()
    {
        Argument<string?> name = Name();
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var show = new Command("show", "Shows an applied table: devices, rules with their counts, totals.") { name, json };
        show.SetAction(FilterTables.Guarded("show a table", parsed => Print(parsed.GetValue(name), parsed.GetValue(json) ? FilterTableWriter.WriteJson : FilterTableWriter.WriteText)));
        return show;
    }

    public static Command CreateStats()
    {
        Argument<string?> name = Name();
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var stats = new Command("stats", "Shows packets by action and by protocol.") { name, json };
        stats.SetAction(FilterTables.Guarded("show a table", parsed => Print(parsed.GetValue(name), parsed.GetValue(json) ? FilterTableWriter.WriteJson : FilterTableWriter.WriteTotals)));
        return stats;
    }

    private static Argument<string?> Name() => new("TABLE") { Description = "The table's name; may be left out when there is one only.", Arity = ArgumentArity.ZeroOrOne };

    private static int Print(string? name, Action<Stream, AppliedTable> write)
    {
        AppliedTable.Mend(FilterTables.Say);
        if (FilterTables.TheOne(name, out int code) is not { } found) return code;
        if (AppliedTable.Read(found) is not { } table) return FilterTables.NotApplied(found);
        using Stream output = Console.OpenStandardOutput();
        write(output, table);
        return ExitCode.Done;
    }
}
