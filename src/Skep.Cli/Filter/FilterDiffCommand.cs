using System.CommandLine;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Compare;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Acting;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter diff</c>.</summary>
internal static class FilterDiffCommand
{
    private const string Indent = "    ";

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file; - for standard input." };
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 1 when there is a difference, as git diff does." };
        var diff = new SkepCommand(
            "diff",
            "Prints how the rules and sets of a file differ from those that are applied now.\n"
            + "- is what is applied, + what the file has. Elements are compared without their times and counts.",
            new(
                "docs/apply.md",
                new("skep filter diff edge.skep", "what applying the file would change"),
                new("skep filter diff edge.skep --exit-code -j", "as JSON, with exit code 1 for a difference"))
            {
                Failed = "failed; with --exit-code, also: there is a difference",
                Usage = "wrong usage, or the rule file has an error",
            }) { file, exitCode };
        diff.Prints((parsed, form) => FilterTables.Guarded("compare a table", () =>
        {
            if (!FilterFile.TryRead(parsed.GetValue(file)!, out Table table)) return ExitCode.Usage;
            if (ActingTable.Compare(table.Name, table) is not { } difference) return FilterApplyCommand.NotApplied(table.Name);
            StandardOutput.Write(
                form, json => WriteJson(json, table.Name, difference), text => WriteText(text, table.Name, difference));
            return parsed.GetValue(exitCode) && !difference.IsEmpty ? ExitCode.Failed : ExitCode.Done;
        }));
        return diff;
    }

    private static void WriteText(TextWriter text, string name, TableDifference difference)
    {
        if (difference.IsEmpty) return;
        text.WriteLine($" table {name} {{");
        Write(text, Indent, difference.Settings);
        foreach (SetDifference set in difference.Sets)
        {
            bool isWhole = set.Declaration.Removed.Concat(set.Declaration.Added)
                .Any(line => line.StartsWith("set ", StringComparison.Ordinal));
            if (!isWhole) text.WriteLine($" {Indent}set {set.Name} {{");
            Write(text, isWhole ? Indent : Indent + Indent, set.Declaration);
            Write(text, Indent + Indent, set.Elements);
            if (!isWhole) text.WriteLine($" {Indent}}}");
        }

        Write(text, Indent, difference.Rules);
        text.WriteLine(" }");
    }

    private static void Write(TextWriter text, string indent, ListDifference lines)
    {
        foreach (string line in lines.Removed) text.WriteLine($"-{indent}{SafeText.EscapeLines(line)}");
        foreach (string line in lines.Added) text.WriteLine($"+{indent}{SafeText.EscapeLines(line)}");
    }

    private static void WriteJson(Utf8JsonWriter json, string name, TableDifference difference)
    {
        json.WriteStartObject();
        json.WriteString("table", name);
        json.WriteBoolean("same", difference.IsEmpty);
        Write(json, "settings", difference.Settings);
        json.WriteObjects("sets", difference.Sets, set =>
        {
            json.WriteString("name", set.Name);
            Write(json, "declaration", set.Declaration);
            Write(json, "elements", set.Elements);
        });
        Write(json, "rules", difference.Rules);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string key, ListDifference lines)
    {
        json.WriteStartObject(key);
        WriteLines(json, "removed", lines.Removed);
        WriteLines(json, "added", lines.Added);
        json.WriteEndObject();
    }

    private static void WriteLines(Utf8JsonWriter json, string key, IReadOnlyList<string> lines)
    {
        json.WriteStartArray(key);
        foreach (string line in lines) json.WriteStringValue(line);
        json.WriteEndArray();
    }
}
