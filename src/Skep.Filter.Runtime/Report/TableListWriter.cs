using System.Globalization;
using System.Text.Json;
using Skep.Filter.Runtime.Tables;
using Skep.Output;

namespace Skep.Filter.Runtime.Report;

/// <summary>Writes the list of applied tables; broken ones last, each with the reason.</summary>
public static class TableListWriter
{
    public static void WriteText(
        TextWriter output, IReadOnlyList<AppliedTable> tables, IReadOnlyList<(string Name, string Reason)> broken)
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

    public static void WriteJson(
        Utf8JsonWriter json, IReadOnlyList<AppliedTable> tables, IReadOnlyList<(string Name, string Reason)> broken)
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
