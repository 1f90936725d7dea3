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

    /// <summary>An event of perf. Newer kernels give clocks a type of their own (kernel/events/core.c, perf_swevent_init).</summary>
    public static AttachmentTarget.PerfEvent Event(uint type, ulong config, PerfDevices devices) =>
        new(type, config, PerfEventNames.Type(type) is null ? devices.Name(type) : null);

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

        AttachmentTarget target = descriptor is not { } place ? Event(held.Type, held.Config, devices) : place.Kind switch
        {
            TaskDescriptorKind.Tracepoint => new AttachmentTarget.Tracepoint(place.Name),
            TaskDescriptorKind.RawTracepoint => new AttachmentTarget.RawTracepoint(place.Name),
            TaskDescriptorKind.Kprobe or TaskDescriptorKind.Kretprobe =>
                new AttachmentTarget.Kprobe(Symbol(place), place.Offset, place.Kind == TaskDescriptorKind.Kretprobe),
            _ => new AttachmentTarget.Uprobe(place.Name, place.Offset, place.Kind != TaskDescriptorKind.Uprobe),
        };
        return new Attachment(held.ProgramId, AttachmentKind.PerfEvent, null, target);
    }

    private static string Symbol(TaskDescriptor place) => place.Name.Length > 0 ? place.Name : $"0x{place.Address:x}";
}
