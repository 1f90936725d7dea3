using System.Globalization;
using System.Text;
using System.Text.Json;
using Skep.Output;

namespace Skep.Agent.Query;

/// <summary>History as JSON: one object per entry, with the keys that the commands print.</summary>
public static class HistoryJson
{
    /// <summary>Writes an event as <c>skep watch -j</c> prints it, or a gap.</summary>
    public static void Write(Utf8JsonWriter json, HistoryEvent e)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (e.Gap is not { } gap)
        {
            // Of one value and whole: the writer has checked it when it was made.
            json.WriteRawValue(e.Json.Span, skipInputValidation: true);
            return;
        }

        json.WriteStartObject();
        json.WriteString("time", UtcText.Nanoseconds(gap.From));
        json.WriteStartObject("gap");
        json.WriteString("until", UtcText.Nanoseconds(gap.To));
        json.WriteBoolean("killed", gap.WasKilled);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes an alert as it was sent, with how often it was raised, and when last.</summary>
    public static void Write(Utf8JsonWriter json, HistoryAlert alert)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(alert);
        byte[] more = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{{\"count\":{alert.Count},\"last\":\"{UtcText.Nanoseconds(alert.Last)}\","));
        json.WriteRawValue([.. more, .. alert.Json.Span[1..]], skipInputValidation: true);
    }

    /// <summary>Writes a decision of guard as <c>skep guard log -j</c> prints it.</summary>
    public static void Write(Utf8JsonWriter json, HistoryDecision decision)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(decision);
        json.WriteRawValue(decision.Json.Span, skipInputValidation: true);
    }

    /// <summary>Writes a program.</summary>
    public static void Write(Utf8JsonWriter json, HistoryProgram program)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(program);
        json.WriteStartObject();
        WriteProgram(json, program);
        json.WriteEndObject();
    }

    /// <summary>Writes all that is known of a program.</summary>
    /// <inheritdoc cref="HistoryText.WriteDetail"/>
    public static void WriteDetail(
        Utf8JsonWriter json, HistoryProgram program, IEnumerable<HistoryAttachment> attachments, IReadOnlyList<ProgramVersion>? versions,
        string? code)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(program);
        json.WriteStartObject();
        WriteProgram(json, program);
        if (code is not null) json.WriteString("file", code);
        json.WriteStartArray("attachments");
        foreach (HistoryAttachment place in attachments) Write(json, place);
        json.WriteEndArray();
        if (versions is not null)
        {
            json.WritePropertyName("versions");
            WriteVersions(json, versions);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes versions of a program as an array, with what changed in each.</summary>
    public static void WriteVersions(Utf8JsonWriter json, IReadOnlyList<ProgramVersion> versions)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(versions);
        json.WriteStartArray();
        foreach (ProgramVersion version in versions)
        {
            json.WriteStartObject();
            if (version.Program.Sha256 is { } hash) json.WriteString("sha256", hash);
            Time(json, "first_seen", version.Program.FirstSeen);
            Time(json, "last_seen", version.Program.LastSeen);
            if (version.Changes is { } changes)
            {
                json.WriteStartArray("changes");
                foreach (string change in changes) json.WriteStringValue(change);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a map.</summary>
    public static void Write(Utf8JsonWriter json, HistoryMap map)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(map);
        json.WriteStartObject();
        json.WriteNumber("id", map.KernelId);
        json.WriteString("type", map.Type);
        json.WriteString("name", map.Name);
        json.WriteNumber("bytes_key", map.KeySize);
        json.WriteNumber("bytes_value", map.ValueSize);
        json.WriteNumber("max_entries", map.MaxEntries);
        Number(json, "bytes_memlock", map.Memlock);
        Number(json, "uid", map.Uid);
        Number(json, "pid", map.Pid);
        Text(json, "comm", map.Comm);
        Text(json, "unit", map.Unit);
        Seen(json, map.FirstSeen, map.LastSeen, map.Gone);
        json.WriteEndObject();
    }

    /// <summary>Writes an attachment.</summary>
    public static void Write(Utf8JsonWriter json, HistoryAttachment place)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(place);
        json.WriteStartObject();
        json.WriteString("point", place.Kind);
        if (place.Place.Length > 0) json.WriteString("target", place.Place);
        if (place.Link != 0) json.WriteNumber("link_id", place.Link);
        json.WriteNumber("prog_id", place.ProgramId);
        Text(json, "sha256", place.Sha256);
        Text(json, "tag", place.Tag);
        Text(json, "type", place.Type);
        Text(json, "name", place.Name);
        Seen(json, place.FirstSeen, place.LastSeen, place.Gone);
        json.WriteEndObject();
    }

    /// <summary>Writes what a rule had counted.</summary>
    public static void Write(Utf8JsonWriter json, HistoryCount count)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(count);
        json.WriteStartObject();
        Time(json, "time", count.TimeNs);
        json.WriteString("table", count.Table);
        json.WriteString("id", count.Rule);
        json.WriteString("text", count.Text);
        json.WriteNumber("packets", count.Packets);
        json.WriteNumber("bytes", count.Bytes);
        json.WriteEndObject();
    }

    /// <summary>Writes a run of an agent.</summary>
    public static void Write(Utf8JsonWriter json, HistoryRun run)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(run);
        json.WriteStartObject();
        Time(json, "started", run.Started);
        Time(json, "alive", run.Alive);
        if (run.Ended is { } ended) Time(json, "ended", ended);
        json.WriteString("boot", run.Boot);
        Text(json, "host", run.Host);
        json.WriteString("version", run.Version);
        json.WriteNumber("tier", run.Backend);
        json.WriteStartObject("events");
        run.Counters.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes what a program ran in a period.</summary>
    public static void Write(Utf8JsonWriter json, HistoryUsage usage)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(usage);
        json.WriteStartObject();
        Time(json, "time", usage.TimeNs);
        json.WriteNumber("run_cnt", usage.Runs);
        json.WriteNumber("run_time_ns", usage.RunTimeNs);
        json.WriteNumber("period_ns", usage.PeriodNs);
        json.WriteNumber("cpu_percent", usage.PeriodNs > 0 ? Math.Round(usage.RunTimeNs * 100.0 / usage.PeriodNs, 4) : 0);
        json.WriteEndObject();
    }

    private static void WriteProgram(Utf8JsonWriter json, HistoryProgram program)
    {
        Text(json, "sha256", program.Sha256);
        Text(json, "tag", program.Tag);
        Text(json, "type", program.Type);
        Text(json, "name", program.Name);
        Number(json, "insn_cnt", program.Instructions);
        Time(json, "first_seen", program.FirstSeen);
        Time(json, "last_seen", program.LastSeen);
        json.WriteNumber("loads", program.Loads);
        json.WriteNumber("failures", program.Failures);
        json.WriteStartArray("instances");
        foreach (HistoryInstance one in program.Instances)
        {
            json.WriteStartObject();
            json.WriteNumber("id", one.KernelId);
            Text(json, "name", one.Name);
            Time(json, "loaded_at", one.Loaded);
            json.WriteBoolean("watched", one.IsWatched);
            Number(json, "uid", one.Uid);
            Number(json, "pid", one.Pid);
            Text(json, "comm", one.Comm);
            Text(json, "exe", one.Exe);
            Text(json, "unit", one.Unit);
            Text(json, "container", one.Container);
            Seen(json, one.FirstSeen, one.LastSeen, one.Gone);
            Number(json, "bytes_memlock", one.Memlock);
            json.WriteNumber("run_cnt", one.Runs);
            json.WriteNumber("run_time_ns", one.RunTimeNs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Seen(Utf8JsonWriter json, long first, long last, long? gone)
    {
        Time(json, "first_seen", first);
        Time(json, "last_seen", last);
        if (gone is { } time) Time(json, "gone", time);
    }

    private static void Time(Utf8JsonWriter json, string key, long unixNs) => json.WriteString(key, UtcText.Nanoseconds(unixNs));

    private static void Number(Utf8JsonWriter json, string key, long? value)
    {
        if (value is { } number) json.WriteNumber(key, number);
    }

    private static void Text(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null) json.WriteString(key, value);
    }
}
