using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>A descriptor of a process that runs a program on an event of the kernel.</summary>
/// <param name="Owner">The process.</param>
/// <param name="Fd">Its descriptor.</param>
/// <param name="ProgramId">The program.</param>
/// <param name="Descriptor">What the kernel says of it; null for a counter, of which it says nothing.</param>
/// <param name="Event">The counter, in words; empty for others.</param>
public sealed record PerfPlace(Owner Owner, uint Fd, uint ProgramId, TaskDescriptor? Descriptor, string Event);

/// <summary>
/// The programs of perf events and raw tracepoints by the descriptors that hold them, as <c>bpftool perf</c> sees them, and those of
/// counters.
/// </summary>
public static class PerfView
{
    /// <summary>All of them, by process and descriptor.</summary>
    /// <exception cref="KernelException">Descriptors of other processes may not be asked.</exception>
    public static IReadOnlyList<PerfPlace> Read(OwnerIndex owners, MachineSnapshot machine)
    {
        ArgumentNullException.ThrowIfNull(owners);
        var places = new List<PerfPlace>();
        foreach (HeldPerfEvent held in owners.PerfEvents)
        {
            TaskDescriptor? descriptor = TaskDescriptor.Query((int)held.Owner.Pid, (int)held.Fd);
            places.Add(
                new PerfPlace(held.Owner, held.Fd, held.ProgramId, descriptor,
                    descriptor is null ? PerfAttachments.Event(held.Type, held.Config, machine.PerfDevices).Text : ""));
        }

        foreach (HeldDescriptor link in owners.Links)
            if (TaskDescriptor.Query((int)link.Owner.Pid, (int)link.Fd) is { } descriptor)
                places.Add(new PerfPlace(link.Owner, link.Fd, descriptor.ProgramId, descriptor, ""));
        return [.. places.OrderBy(place => place.Owner.Pid).ThenBy(place => place.Fd)];
    }
}
