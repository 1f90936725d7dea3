using System.CommandLine;
using Skep.Cli.Common;
using Skep.Filter.Runtime.Tables;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter show</c>.</summary>
internal static class FilterShowCommand
{
    public static Command Create()
    {
        Argument<string?> name = Name();
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var show = new Command("show", "Shows an applied table: devices, rules with their counts, totals.") { name, json };
        show.SetAction(FilterTables.Guarded("show a table", parsed => Print(parsed.GetValue(name), parsed.GetValue(json) ? FilterTableWriter.WriteJson : FilterTableWriter.WriteText)));
        return show;
    }

    public static Argument<string?> Name() => new("TABLE") { Description = "The table's name; may be left out when there is one only.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The table that is meant when none is named.</summary>
    /// <returns>Null, or the exit code of what was said.</returns>
    public static int? TryName(string? named, out string name)
    {
        name = named ?? "";
        AppliedTable.Mend(FilterTables.Say);
        if (named is not null) return null;
        IReadOnlyList<string> tables = AppliedTable.List();
        if (tables.Count == 0) return Talk.Error("no table is applied (skep filter apply FILE applies one)", ExitCode.Failed);
        if (tables.Count > 1) return Talk.Error($"several tables are applied: {string.Join(", ", tables)} (name one)", ExitCode.Usage);
        name = tables[0];
        return null;
    }

    private static int Print(string? named, Action<Stream, AppliedTable> write)
    {
        if (TryName(named, out string name) is { } error) return error;
        if (AppliedTable.Read(name) is not { } table) return FilterApplyCommand.NotApplied(name);
        Data.Write(output => write(output, table));
        return ExitCode.Done;
    }
}
