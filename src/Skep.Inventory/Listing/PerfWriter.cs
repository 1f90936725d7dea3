using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes what <c>bpftool perf show</c> shows, with its keys and columns; counters as <c>perf_event</c>.</summary>
public static class PerfWriter
{
    private static readonly string[] Kinds = ["raw_tracepoint", "tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"];

    /// <summary>An object of a descriptor.</summary>
    public static void WriteJson(Utf8JsonWriter json, PerfPlace place)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(place);
        json.WriteStartObject();
        json.WriteNumber("pid", place.Owner.Pid);
        json.WriteNumber("fd", place.Fd);
        json.WriteNumber("prog_id", place.ProgramId);
        json.WriteString("fd_type", Kind(place));
        switch (place.Told)
        {
            case null:
                json.WriteString("event", place.Event);
                break;
            case { Kind: TaskDescriptorKind.RawTracepoint or TaskDescriptorKind.Tracepoint } told:
                json.WriteString("tracepoint", told.Name);
                break;
            case { Kind: TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe, Name: "" } told:
                json.WriteNumber("addr", told.Address);
                break;
            case { } told:
                json.WriteString(told.Kind is TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe ? "func" : "filename", told.Name);
                json.WriteNumber("offset", told.Offset);
                break;
        }

        json.WriteString("comm", place.Owner.Comm);
        json.WriteEndObject();
    }

    /// <summary>A line of a descriptor.</summary>
    public static void WriteText(TextWriter output, PerfPlace place)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(place);
        output.Write($"pid {place.Owner.Pid}  fd {place.Fd}: prog_id {place.ProgramId}  {Kind(place)}  ");
        output.Write(place.Told switch
        {
            null => place.Event,
            { Kind: TaskDescriptorKind.RawTracepoint or TaskDescriptorKind.Tracepoint } told => SafeText.Escape(told.Name),
            { Kind: TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe, Name: "" } told => $"addr {told.Address}",
            { Kind: TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe } told =>
                $"func {SafeText.Escape(told.Name)}  offset {told.Offset}",
            { } told => $"filename {SafeText.Escape(told.Name)}  offset {told.Offset}",
        });
        output.Write('\n');
    }

    private static string Kind(PerfPlace place) =>
        place.Told is not { } told
            ? "perf_event" : (uint)told.Kind < (uint)Kinds.Length ? Kinds[(int)told.Kind] : $"type {(uint)told.Kind}";
}
