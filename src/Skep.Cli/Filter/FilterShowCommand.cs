using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter show</c>.</summary>
internal static class FilterShowCommand
{
    public static Command Create()
    {
        Argument<string?> name = Name();
        var show = new SkepCommand("show", "Prints an applied table: devices, rules with their counts, totals.", new(
            "docs/apply.md",
            new("skep filter show", "the only table that is applied"),
            new("skep filter show edge -j", "one of several, as JSON"))) { name };
        show.Prints((parsed, form) => FilterTables.Guarded("show a table", () =>
        {
            if (TryName(parsed.GetValue(name), out string table) is { } error) return error;
            if (AppliedTable.Read(table, withElements: true) is not { } applied) return FilterApplyCommand.NotApplied(table);
            StandardOutput.Write(
                form, json => FilterTableWriter.WriteJson(json, applied), text => FilterTableWriter.WriteText(text, applied));
            return ExitCode.Done;
        }));
        return show;
    }

    public static Argument<string?> Name() =>
        new("TABLE") { Description = "The table's name; not needed when only one is applied.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The table that is meant when none is named.</summary>
    /// <returns>Null, or the exit code of the error that was printed.</returns>
    public static int? TryName(string? named, out string name)
    {
        name = named ?? "";
        AppliedTable.Recover(Message.Print);
        if (named is not null) return null;
        IReadOnlyList<string> tables = AppliedTable.List();
        if (tables.Count == 0) return Message.Error("no table is applied (skep filter apply FILE applies one)", ExitCode.Failed);
        if (tables.Count > 1) return Message.Error($"several tables are applied: {string.Join(", ", tables)} (name one)", ExitCode.Usage);
        name = tables[0];
        return null;
    }
}
