using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skep.Filter.Load;
using Skep.Filter.Report;

namespace Skep.Cli;

/// <summary>Prints applied tables.</summary>
internal static class FilterTableWriter
{
    public static void WriteText(Stream output, AppliedTable table)
    {
        using StreamWriter writer = Open(output);
        writer.WriteLine($"table {table.Name}, policy {table.Policy}");
        foreach (FilteredDevice device in table.Devices)
        {
            string netns = device.Netns.Length == 0 ? "" : $" netns {device.Netns}";
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {device.Device}{netns}  {device.Mode}  prog_id {device.ProgramId}  link_id {device.LinkId}  since {device.Since:yyyy-MM-dd HH:mm:ss}Z"));
        }

        foreach (CountedRule rule in table.Rules)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rule.Count.Packets,12} {rule.Count.Bytes,14}  {rule.Text}"));
        if (table.Log is { } log) writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{log.Sent,12} packets logged, {log.Lost} lost"));
        new StatsText(writer, 0, draws: false).WriteTotals(StatsSection.Of(table, StatsModes.Actions | StatsModes.Protocols, 0));
    }

    public static void WriteJson(Stream output, AppliedTable table)
    {
        // A rule's text holds quotes and angle brackets, and goes to no web page.
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteHead(json, table);
            StatsJson.Write(json, table, StatsSection.Of(table, StatsModes.All, 0), null);
            WriteSets(json, table);
            if (table.Log is { } log)
            {
                json.WriteStartObject("log");
                json.WriteNumber("packets", log.Sent);
                json.WriteNumber("lost", log.Lost);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    public static void WriteHead(Utf8JsonWriter json, AppliedTable table)
    {
        json.WriteString("table", table.Name);
        json.WriteString("policy", table.Policy);
        json.WriteStartArray("devices");
        foreach (FilteredDevice device in table.Devices)
        {
            json.WriteStartObject();
            json.WriteString("device", device.Device);
            json.WriteString("netns", device.Netns);
            json.WriteString("mode", device.Mode);
            json.WriteNumber("prog_id", device.ProgramId);
            json.WriteNumber("link_id", device.LinkId);
            json.WriteString("since", device.Since);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteSets(Utf8JsonWriter json, AppliedTable table)
    {
        json.WriteStartArray("sets");
        foreach (AppliedSetInfo set in table.Sets)
        {
            json.WriteStartObject();
            json.WriteString("name", set.Name);
            json.WriteString("type", string.Join(" . ", set.Type));
            json.WriteNumber("elements", set.Elements);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static StreamWriter Open(Stream output) => new(output, new UTF8Encoding(false));
}
