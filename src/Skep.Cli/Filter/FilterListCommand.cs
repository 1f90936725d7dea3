using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Runtime.Tables;
using Skep.Output;

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
            StandardOutput.Write(form, json => Write(json, tables, broken), text => Write(text, tables, broken));
            return broken.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }));
        return list;
    }

    private static void Write(TextWriter output, IReadOnlyList<AppliedTable> tables, List<(string Name, string Reason)> broken)
    {
        foreach (AppliedTable table in tables)
        {
            IEnumerable<string> devices = table.Devices.Select(
                device => device.IsGone ? $"{device.Device} (removed)" : $"{device.Device}{device.NameNote} {device.Mode}");
            string waits = table.ReturnsIn is { } left
                ? string.Create(CultureInfo.InvariantCulture, $"  to be confirmed within {left.TotalSeconds:0} s")
                : "";
            output.WriteLine(SafeText.EscapeLines($"{table.Name}  {string.Join(", ", devices)}{waits}"));
        }

        foreach ((string name, string reason) in broken) output.WriteLine(SafeText.EscapeLines($"{name}  broken: {reason}"));
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<AppliedTable> tables, List<(string Name, string Reason)> broken)
    {
        json.WriteStartArray();
        foreach (AppliedTable table in tables)
        {
            json.WriteStartObject();
            FilterTableWriter.WriteHead(json, table);
            json.WriteNumber("rules", table.Rules.Count);
            json.WriteEndObject();
        }

        foreach ((string name, string reason) in broken)
        {
            json.WriteStartObject();
            json.WriteString("table", name);
            json.WriteString("error", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
