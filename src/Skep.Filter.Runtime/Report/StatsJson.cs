using System.Text.Json;
using Skep.Filter.Runtime.Lost;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Tables;
using Skep.Output;

namespace Skep.Filter.Runtime.Report;

/// <summary>Writes statistics as JSON.</summary>
public static class StatsJson
{
    /// <summary>Writes the sections' properties into the object that is open.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="table">The table, for what rules are.</param>
    /// <param name="sections">What to write.</param>
    /// <param name="rates">Adds <c>pps</c> and <c>bps</c> (bits); null for totals only.</param>
    public static void Write(Utf8JsonWriter json, AppliedTable table, IReadOnlyList<StatsSection> sections, RateHistory? rates)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(sections);
        foreach (var section in sections)
        {
            switch (section.Mode)
            {
                case StatsModes.Actions:
                    WriteByName(json, "actions", section, rates);
                    break;
                case StatsModes.Protocols:
                    WriteByName(json, "protocols", section, rates);
                    break;
                case StatsModes.Rules:
                    WriteRules(json, table, section, rates);
                    break;
                case StatsModes.Sources:
                    WriteTop(json, "sources", table.Sketches!.Sources!, section, rates,
                        static (json, row) => json.WriteString("source", row.Label));
                    break;
                case StatsModes.Ports:
                    WriteTop(json, "ports", table.Sketches!.Ports!, section, rates, static (json, row) =>
                    {
                        var parts = row.Label.Split(' ');
                        json.WriteString("protocol", parts[0]);
                        json.WriteNumber("port", int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
                    });
                    break;
                case StatsModes.Lost:
                    WriteLost(json, section, rates);
                    break;
                default:
                    WriteSizes(json, table.Sketches!.Sizes!, section, rates);
                    break;
            }
        }
    }

    private static void WriteByName(Utf8JsonWriter json, string key, StatsSection section, RateHistory? rates)
    {
        json.WriteStartObject(key);
        foreach (var row in section.Rows)
        {
            json.WriteStartObject(row.Key);
            WriteCount(json, section.Mode, row, rates);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteRules(Utf8JsonWriter json, AppliedTable table, StatsSection section, RateHistory? rates)
    {
        json.WriteStartArray("rules");
        for (var i = 0; i < section.Rows.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("id", table.Rules[i].Id);
            json.WriteNumber("line", table.Rules[i].Line);
            json.WriteString("text", table.Rules[i].Text);
            WriteCount(json, section.Mode, section.Rows[i], rates);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTop(Utf8JsonWriter json, string key, Sketch sketch, StatsSection section, RateHistory? rates,
        Action<Utf8JsonWriter, StatsRow> name)
    {
        json.WriteStartObject(key);
        WriteCounter(json, "seen", sketch.Seen);
        WriteCounter(json, "missed", sketch.Missed);
        json.WriteObjects("top", section.Rows, row =>
        {
            name(json, row);
            WriteCount(json, section.Mode, row, rates);
        });
        json.WriteEndObject();
    }

    private static void WriteLost(Utf8JsonWriter json, StatsSection section, RateHistory? rates)
    {
        json.WriteStartArray("lost");
        for (var i = 0; i < section.Rows.Count; i++)
        {
            LostCount lost = section.Lost[i];
            json.WriteStartObject();
            json.WriteString("tracepoint", lost.Tracepoint);
            if (lost.Device.Length > 0) json.WriteString("device", lost.Device);
            if (lost.Target.Length > 0) json.WriteString("target", lost.Target);
            if (lost.Error.Length > 0) json.WriteString("error", lost.Error);
            json.WriteNumber("packets", lost.Packets);
            if (rates is not null) json.WriteNumber("pps", Math.Round(rates.Of(section.Mode, section.Rows[i]).PacketsPerSecond, 1));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (section.Note is { } note) json.WriteString("lost_note", note);
    }

    private static void WriteSizes(Utf8JsonWriter json, IReadOnlyList<SizeClass> sizes, StatsSection section, RateHistory? rates)
    {
        json.WriteStartArray("sizes");
        for (var i = 0; i < sizes.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("from", sizes[i].From);
            if (sizes[i].To is { } to) json.WriteNumber("to", to);
            WriteCount(json, section.Mode, section.Rows[i], rates);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteCounter(Utf8JsonWriter json, string key, Counter count)
    {
        json.WriteStartObject(key);
        json.WriteNumber("packets", count.Packets);
        json.WriteNumber("bytes", count.Bytes);
        json.WriteEndObject();
    }

    private static void WriteCount(Utf8JsonWriter json, StatsModes mode, in StatsRow row, RateHistory? rates)
    {
        json.WriteNumber("packets", row.Count.Packets);
        json.WriteNumber("bytes", row.Count.Bytes);
        if (rates is null) return;
        var rate = rates.Of(mode, row);
        json.WriteNumber("pps", Math.Round(rate.PacketsPerSecond, 1));
        json.WriteNumber("bps", Math.Round(rate.BitsPerSecond, 1));
    }
}
