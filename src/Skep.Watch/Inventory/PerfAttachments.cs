using Skep.Bpf;
using Skep.Watch.Output;

namespace Skep.Watch.Inventory;

/// <summary>Programs that run on perf events without a link, asked of the kernel by the descriptors that processes hold (BPF_TASK_FD_QUERY).</summary>
internal static class PerfAttachments
{
    public static IEnumerable<Attachment> Read(OwnerIndex owners)
    {
        // A program is often attached once for each CPU: the same place is told once.
        var told = new HashSet<Attachment>();
        foreach (HeldPerfEvent held in owners.PerfEvents)
        {
            Attachment place = Describe(held);
            if (told.Add(place)) yield return place;
        }
    }

    /// <summary>An event of perf, in words.</summary>
    public static string Event(uint type, ulong config) =>
        PerfEventNames.Type(type) is { } name ? $"perf event {name}:{PerfEventNames.Config(type, config) ?? $"{config}"}" : $"perf event type {type}, config {config}";

    private static Attachment Describe(HeldPerfEvent held)
    {
        TaskDescriptor? told = null;
        try
        {
            told = TaskDescriptor.Query((int)held.Owner.Pid, (int)held.Fd);
        }
        catch (BpfException)
        {
            // Not permitted: the event's own numbers say less, but are known.
        }

        string target = told is not { } place ? Event(held.Type, held.Config) : place.Kind switch
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
