using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Format;
using Skep.Filter.Runtime.Acting;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter show</c>.</summary>
internal static class FilterShowCommand
{
    public static Command Create()
    {
        Argument<string?> name = Name();
        var format = new Option<bool>("--format")
        {
            Description = "Print a rule file with the rules and the elements that it has now, which skep filter apply takes.",
        };
        var show = new SkepCommand("show", "Prints an applied table: devices, rules with their counts, totals.", new(
            "docs/apply.md",
            new("skep filter show", "the only table that is applied"),
            new("skep filter show edge -j", "one of several, as JSON"),
            new("skep filter show edge --format", "the rules and sets that it has now, as a rule file"))) { name, format };
        show.Prints((parsed, form) => FilterTables.Guarded("show a table", () =>
        {
            if (TryName(parsed.GetValue(name), out string table) is { } error) return error;
            if (parsed.GetValue(format)) return Format(table, form);
            if (AppliedTable.Read(table, withElements: true) is not { } applied) return FilterApplyCommand.NotApplied(table);
            StandardOutput.Write(
                form, json => FilterTableWriter.WriteJson(json, applied), text => FilterTableWriter.WriteText(text, applied));
            return ExitCode.Done;
        }));
        return show;
    }

    private static int Format(string name, OutputForm form)
    {
        if (form != OutputForm.Text)
            return Message.Error("--format prints a rule file (leave out -j and -p, or --format)", ExitCode.Usage);
        if (ActingTable.Read(name, int.MaxValue) is not { } table) return FilterApplyCommand.NotApplied(name);
        StandardOutput.WriteText(text => text.Write(TableFormatter.Format(table)));
        return ExitCode.Done;
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
