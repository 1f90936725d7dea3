using System.Text.Json;
using Skep.Linux.Kernel;
using Skep.Output;
using Skep.Packets.Building;

namespace Skep.Debug.Trace;

/// <summary>One JSON object per call, per line of text, and one of what was counted.</summary>
/// <param name="output">Where to.</param>
/// <param name="symbols">The kernel's, for stacks.</param>
/// <param name="form">The form.</param>
public sealed class TraceJsonWriter(Stream output, KernelSymbols? symbols, OutputForm form) : ITraceSink
{
    private readonly MemoryStream _lines = new();
    private readonly StackText _stack = new(symbols);

    /// <inheritdoc/>
    public void Write(TraceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Write("call", call.Target, call.Task, json =>
        {
            json.WriteNumber("duration_ns", call.DurationNs);
            json.WriteStartObject("args");
            foreach ((string name, uint type, ulong value) in TracedValues.Arguments(call))
            {
                json.WritePropertyName(name);
                json.WriteRawValue(TracedValues.Json(call.Target.Btf, type, value));
            }

            json.WriteEndObject();
            if (!TracedValues.IsVoid(call.Target)) json.WriteNumber("result", TracedValues.ResultNumber(call));
            if (TracedValues.ResultName(call) is { } word) json.WriteString("result_name", word);
            if (call.Device is { } device)
            {
                json.WriteString("device", device.Name);
                json.WriteNumber("ifindex", device.Index);
                json.WriteNumber("rx_queue", device.Queue);
                if (call.Before is { } before) WritePacket(json, "packet", call, before);
                if (call.IsChanged) WritePacket(json, "packet_after", call, call.After!);
            }

            if (call.Stack.Count == 0) return;
            json.WriteStartArray("stack");
            foreach (string frame in _stack.Frames(call.Stack)) json.WriteStringValue(frame);
            json.WriteEndArray();
        });
    }

    /// <inheritdoc/>
    public void Write(TracePrint print)
    {
        ArgumentNullException.ThrowIfNull(print);
        Write("print", print.Target, print.Task, json =>
        {
            json.WriteString("origin", print.Origin);
            json.WriteString("text", print.Text);
        });
    }

    /// <summary>Writes what was counted.</summary>
    public void Write(TraceCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        StreamOutput.WriteJson(_lines, form, json =>
        {
            json.WriteStartObject();
            json.WriteString("event", "end");
            json.WriteNumber("calls", counts.Calls);
            json.WriteNumber("lost", counts.Lost);
            json.WriteNumber("not_followed", counts.Unkept);
            json.WriteNumber("not_seen", counts.Missed);
            json.WriteStartArray("histogram_ns");
            for (int slot = 0; slot < counts.Histogram.Count; slot++)
            {
                if (counts.Histogram[slot] == 0) continue;
                (ulong low, ulong high) = TraceHistogram.Bounds(slot);
                json.WriteStartObject();
                json.WriteNumber("from", low);
                json.WriteNumber("to", high);
                json.WriteNumber("calls", counts.Histogram[slot]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
        Flush();
    }

    /// <inheritdoc/>
    public void Flush()
    {
        output.Write(_lines.GetBuffer().AsSpan(0, (int)_lines.Length));
        _lines.SetLength(0);
    }

    private void Write(string what, TraceTarget target, TracedTask? task, Action<Utf8JsonWriter> rest) =>
        StreamOutput.WriteJson(_lines, form, json =>
        {
            json.WriteStartObject();
            json.WriteString("event", what);
            if (task is not null)
            {
                json.WriteString("time", UtcText.Nanoseconds(task.UnixNs));
                json.WriteNumber("cpu", task.Cpu);
                json.WriteNumber("pid", task.Pid);
                json.WriteNumber("tid", task.Tid);
                json.WriteString("comm", task.Comm);
            }

            if (target.Program.Info is { } info) json.WriteNumber("prog_id", info.Id);
            json.WriteString("function", target.Name);
            if (target.Helper is { } helper) json.WriteString("helper", helper);
            rest(json);
            json.WriteEndObject();
        });

    private static void WritePacket(Utf8JsonWriter json, string name, TraceCall call, TracedPacket packet)
    {
        json.WriteStartObject(name);
        json.WriteString("headers", PacketText.Format(packet.Bytes, packet.Length, call.Start));
        json.WriteNumber("bytes", packet.Length);
        json.WriteString("data", Convert.ToHexStringLower(packet.Bytes));
        if (packet.Metadata.Length > 0) json.WriteString("metadata", Convert.ToHexStringLower(packet.Metadata));
        json.WriteEndObject();
    }
}
