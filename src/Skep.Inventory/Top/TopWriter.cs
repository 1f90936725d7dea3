using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Listing;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Inventory.Top;

/// <summary>Writes samples where there is no terminal: a table each, or a JSON object a line.</summary>
public static class TopWriter
{
    /// <summary>A table of all programs, those that take most of the CPU first.</summary>
    public static void WriteText(TextWriter output, LoadSample sample)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sample);
        output.Write(string.Create(CultureInfo.InvariantCulture, $"{sample.Time.ToLocalTime():HH:mm:ss}  {Summary(sample)}\n"));
        int[] widths = ListTable.OwnWidths(TopColumn.All);
        RowList<ProgramLoad> list = TopTable.Create();
        list.Take(sample.Programs);
        output.Write($"{ListTable.Head(TopColumn.All, widths, int.MaxValue)}\n");
        foreach (ProgramLoad load in list.Rows) output.Write($"{ListTable.Row(TopColumn.All, widths, int.MaxValue, load)}\n");
    }

    /// <summary>A sample as JSON: bpftool's keys where it has them.</summary>
    public static void WriteJson(Utf8JsonWriter json, LoadSample sample)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(sample);
        json.WriteStartObject();
        json.WriteString("time", UtcText.Microseconds(sample.Time));
        json.WriteNumber("period_ms", Math.Round(sample.Period.TotalMilliseconds, 3));
        json.WriteStartArray("programs");
        foreach (ProgramLoad load in sample.Programs) WriteJson(json, load);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>How many programs there are, and what all of them take.</summary>
    public static string Summary(LoadSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        double cpu = sample.Programs.Sum(load => load.CpuPercent), events = sample.Programs.Sum(load => load.EventsPerSecond);
        int running = sample.Programs.Count(load => load.PeriodRuns > 0);
        return string.Create(CultureInfo.InvariantCulture,
            $"{sample.Programs.Count} programs, {running} ran; {events:0} events/s; {cpu:0.00}% of a CPU");
    }

    private static void WriteJson(Utf8JsonWriter json, ProgramLoad load)
    {
        json.WriteStartObject();
        json.WriteNumber("id", load.Id);
        InventoryJson.WriteType(json, "type", load.Type);
        if (load.Name.Length > 0) json.WriteString("name", load.Name);
        json.WriteNumber("run_time_ns", load.RunTimeNs);
        json.WriteNumber("run_cnt", load.RunCount);
        json.WriteNumber("avg_run_ns", load.AverageNs);
        json.WriteNumber("period_ms", Math.Round(load.Period.TotalMilliseconds, 3));
        json.WriteNumber("period_run_time_ns", load.PeriodNs);
        json.WriteNumber("period_run_cnt", load.PeriodRuns);
        json.WriteNumber("period_avg_run_ns", load.PeriodAverageNs);
        json.WriteNumber("events_per_second", Math.Round(load.EventsPerSecond, 3));
        json.WriteNumber("cpu_percent", Math.Round(load.CpuPercent, 4));
        if (load.Memlock is { } memlock) json.WriteNumber("bytes_memlock", memlock);
        json.WriteNumber("bytes_maps_memlock", load.MapBytes);
        InventoryJson.WriteOwners(json, load.Owners);
        InventoryJson.WriteAttachments(json, load.Attachments);
        json.WriteEndObject();
    }
}
