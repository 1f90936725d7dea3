using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Compare;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Acting;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.State;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter diff</c>.</summary>
internal static class FilterDiffCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A rule file; - for standard input; or a directory: all files *.skep in it, and the tables that apply --prune "
                + "would remove.",
        };
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 1 when there is a difference, as git diff does." };
        var diff = new SkepCommand(
            "diff",
            "Prints how the rules and sets of a file differ from those that are applied now.\n"
            + "- is what is applied, + what the file has. Elements are compared without their times and counts.",
            new(
                "docs/apply.md",
                new("skep filter diff edge.skep", "what applying the file would change"),
                new("skep filter diff edge.skep --exit-code -j", "as JSON, with exit code 1 for a difference"),
                new("skep filter diff /etc/skep/filter.d", "what applying the files of a directory would change"))
            {
                Failed = "failed; with --exit-code, also: there is a difference",
                Usage = "wrong usage, or the rule file has an error",
            }) { file, exitCode };
        diff.Prints((parsed, form) => FilterTables.Guarded("compare a table", () =>
        {
            string path = parsed.GetValue(file)!;
            bool asCode = parsed.GetValue(exitCode);
            return PrivateDirectory.Exists(path) ? CompareDirectory(path, form, asCode) : CompareFile(path, form, asCode);
        }));
        return diff;
    }

    private static int CompareFile(string path, OutputForm form, bool asCode)
    {
        if (!FilterFile.TryRead(path, out Table table)) return ExitCode.Usage;
        if (ActingTable.Compare(table.Name, table) is not { } difference) return FilterApplyCommand.NotApplied(table.Name);
        var compared = new ComparedTable(table.Name, null, null, difference);
        StandardOutput.Write(form, compared.WriteJson, compared.WriteText);
        return asCode && !difference.IsEmpty ? ExitCode.Failed : ExitCode.Done;
    }

    private static int CompareDirectory(string path, OutputForm form, bool asCode)
    {
        if (DirectoryFiles.In("comparing", path) is not { } files) return ExitCode.Usage;
        List<(Table Table, AppliedSource Source)> read = DirectoryFiles.Read("comparing", files, null, out bool hasMistakes);
        if (hasMistakes) return ExitCode.Usage;
        string directory = DirectoryFiles.FullName(path);
        StaleTables stale = StaleTables.Find(directory, [.. read.Select(one => one.Table.Name)], Message.Print);
        List<ComparedTable> tables =
        [
            .. read.Select(one => new ComparedTable(
                one.Table.Name, directory, one.Source.File, ActingTable.Compare(one.Table.Name, one.Table))),
            .. stale.Names.Select(name => new ComparedTable(name, directory, null, null)),
        ];
        StandardOutput.WriteEach(
            form, tables, static (json, table) => table.WriteJson(json), static (text, table) => table.WriteText(text));
        return asCode && tables.Any(table => !table.IsSame) ? ExitCode.Failed : ExitCode.Done;
    }
}
