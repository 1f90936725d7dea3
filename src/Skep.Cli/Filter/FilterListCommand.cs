using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter list</c>.</summary>
internal static class FilterListCommand
{
    public static Command Create()
    {
        var list = new SkepCommand("list", "Lists the applied tables with their devices.", new(
            "docs/apply.md",
            new("skep filter list", "one line per table"),
            new("skep filter list -p", "JSON over several lines"))
        {
            Failed = "failed, or a table is broken",
        });
        list.Prints((_, form) => FilterTables.Guarded("list tables", () =>
        {
            AppliedTable.Recover(Message.Print);
            var broken = new List<(string Name, string Reason)>();
            IReadOnlyList<AppliedTable> tables = AppliedTable.ReadAll((table, reason) => broken.Add((table, reason)));
            StandardOutput.Write(
                form,
                json => TableListWriter.WriteJson(json, tables, broken),
                text => TableListWriter.WriteText(text, tables, broken));
            return broken.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }));
        return list;
    }
}
