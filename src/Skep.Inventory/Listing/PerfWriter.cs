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
        switch (place.Descriptor)
        {
            case null:
                json.WriteString("event", place.Event);
                break;
            case { Kind: TaskDescriptorKind.RawTracepoint or TaskDescriptorKind.Tracepoint } descriptor:
                json.WriteString("tracepoint", descriptor.Name);
                break;
            case { Kind: TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe, Name: "" } descriptor:
                json.WriteNumber("addr", descriptor.Address);
                break;
            case { } descriptor:
                bool isKernel = descriptor.Kind is TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe;
                json.WriteString(isKernel ? "func" : "filename", descriptor.Name);
                json.WriteNumber("offset", descriptor.Offset);
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
        output.Write(place.Descriptor switch
        {
            null => place.Event,
            { Kind: TaskDescriptorKind.RawTracepoint or TaskDescriptorKind.Tracepoint } descriptor => SafeText.Escape(descriptor.Name),
            { Kind: TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe, Name: "" } descriptor => $"addr {descriptor.Address}",
            { Kind: TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe } descriptor =>
                $"func {SafeText.Escape(descriptor.Name)}  offset {descriptor.Offset}",
            { } descriptor => $"filename {SafeText.Escape(descriptor.Name)}  offset {descriptor.Offset}",
        });
        output.Write('\n');
    }

    private static string Kind(PerfPlace place) =>
        place.Descriptor is not { } descriptor
            ? "perf_event" : (uint)descriptor.Kind < (uint)Kinds.Length ? Kinds[(int)descriptor.Kind] : $"type {(uint)descriptor.Kind}";
}
