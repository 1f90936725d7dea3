using System.Globalization;
using System.Text.Json;
using Skep.Output;
using Skep.Packets.Building;

namespace Skep.Debug.Replay;

/// <summary>Writes what runs of a program did; the JSON keys are documented in docs/replay.md.</summary>
public static class ReplayWriter
{
    /// <summary>Writes an object.</summary>
    public static void WriteJson(Utf8JsonWriter json, ReplayedRun run)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(run);
        json.WriteStartObject();
        json.WriteNumber("run", run.Number);
        json.WriteNumber("retval", run.ReturnValue);
        if (run.ReturnName is { } name) json.WriteString("retval_name", name);
        json.WriteNumber("duration_ns", run.DurationNs);
        json.WriteString(run.IsPacket ? "data" : "ctx", Convert.ToHexStringLower(run.Input.Span));
        json.WriteString(run.IsPacket ? "data_out" : "ctx_out", Convert.ToHexStringLower(run.Output.Span));
        json.WriteStartArray("changed");
        foreach ((int offset, int length) in run.ChangedBytes())
        {
            json.WriteStartObject();
            json.WriteNumber("offset", offset);
            json.WriteString("old", Convert.ToHexStringLower(run.Input.Span.Slice(offset, length)));
            json.WriteString("new", Convert.ToHexStringLower(run.Output.Span.Slice(offset, length)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("maps");
        foreach ((string map, uint id, var changes) in run.Maps)
        {
            json.WriteStartObject();
            json.WriteString("name", map);
            json.WriteNumber("id", id);
            json.WriteStartArray("changes");
            foreach (var change in changes) json.WriteRawValue(change.Json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("records");
        foreach ((string map, uint id, byte[] bytes) in run.Records)
        {
            json.WriteStartObject();
            json.WriteString("name", map);
            json.WriteNumber("id", id);
            json.WriteNumber("size", bytes.Length);
            json.WriteString("data", Convert.ToHexStringLower(bytes));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes a run as text.</summary>
    public static void WriteText(TextWriter output, ReplayedRun run)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(run);
        string value = run.ReturnName is { } name ? $"{name} ({Number(run.ReturnValue)})" : Number(run.ReturnValue);
        string input = run.IsPacket ? PacketText.Format(run.Input.Span) : $"context of {Number(run.Input.Length)} bytes";
        output.WriteLine($"{Number(run.Number)} {value} {Number(run.DurationNs)} ns: {SafeText.Escape(input)}");
        if (!run.Output.Span.SequenceEqual(run.Input.Span)) WriteChanges(output, run);
        foreach ((string map, uint id, var changes) in run.Maps)
        {
            output.WriteLine($"  map {Number(id)} ({SafeText.Escape(map)})");
            foreach (var change in changes) output.WriteLine($"    {SafeText.Escape(WithoutTime(change.Text))}");
        }

        foreach ((string map, uint id, byte[] bytes) in run.Records)
            output.WriteLine($"  record of {Number(bytes.Length)} bytes to map {Number(id)} ({SafeText.Escape(map)}): "
                + Convert.ToHexStringLower(bytes));
    }

    private static void WriteChanges(TextWriter output, ReplayedRun run)
    {
        if (run.IsPacket) output.WriteLine($"  leaves as {SafeText.Escape(PacketText.Format(run.Output.Span))}");
        if (run.Output.Length != run.Input.Length)
        {
            output.WriteLine($"  {Number(run.Output.Length)} bytes, {Number(run.Input.Length)} before");
            return;
        }

        foreach ((int offset, int length) in run.ChangedBytes())
            output.WriteLine($"  offset {Number(offset)}: {Convert.ToHexStringLower(run.Input.Span.Slice(offset, length))} -> "
                + Convert.ToHexStringLower(run.Output.Span.Slice(offset, length)));
    }

    // "12:00:00.000 changed ..."
    private static string WithoutTime(string line) =>
        line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at ? line[(at + 1)..] : line;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
