using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>
/// Programs that run on perf events without a link, asked of the kernel by the descriptors that processes hold (BPF_TASK_FD_QUERY).
/// </summary>
internal static class PerfAttachments
{
    public static IEnumerable<Attachment> Read(OwnerIndex owners, PerfDevices devices)
    {
        // A program is often attached once for each CPU: the same place is listed once.
        var reported = new HashSet<Attachment>();
        foreach (HeldPerfEvent held in owners.PerfEvents)
        {
            Attachment place = Describe(held, devices);
            if (reported.Add(place)) yield return place;
        }
    }

    /// <summary>
    /// An event of perf, in words. Newer kernels give clocks a type of their own (kernel/events/core.c, perf_swevent_init).
    /// </summary>
    public static string Event(uint type, ulong config, PerfDevices devices)
    {
        if (PerfEventNames.Type(type) is { } name) return $"perf event {name}:{PerfEventNames.Config(type, config) ?? $"{config}"}";
        return devices.Name(type) is { } device
            ? $"perf event {device}:{config}" : $"perf event type {type}, config {config}";
    }

    private static Attachment Describe(HeldPerfEvent held, PerfDevices devices)
    {
        TaskDescriptor? descriptor = null;
        try
        {
            descriptor = TaskDescriptor.Query((int)held.Owner.Pid, (int)held.Fd);
        }
        catch (KernelException)
        {
            // Not permitted: the event's own numbers say less, but are known.
        }

        string target = descriptor is not { } place ? Event(held.Type, held.Config, devices) : place.Kind switch
        {
            TaskDescriptorKind.Tracepoint => $"tracepoint {place.Name}",
            TaskDescriptorKind.RawTracepoint => place.Name,
            TaskDescriptorKind.Kprobe => LinkAttachments.Place("kprobe", Symbol(place), place.Offset),
            TaskDescriptorKind.Kretprobe => LinkAttachments.Place("kretprobe", Symbol(place), place.Offset),
            TaskDescriptorKind.Uprobe => LinkAttachments.Place("uprobe", place.Name, place.Offset),
            _ => LinkAttachments.Place("uretprobe", place.Name, place.Offset),
        };
        return new Attachment(held.ProgramId, "perf_event", null, target);
    }

    private static string Symbol(TaskDescriptor place) => place.Name.Length > 0 ? place.Name : $"0x{place.Address:x}";
}
