using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Linux.Network;

namespace Skep.Inventory.Objects;

/// <summary>Programs that are attached by links.</summary>
internal static class LinkAttachments
{
    public static IEnumerable<Attachment> Read(IEnumerable<Listed<LinkEntry>> links, MachineSnapshot machine)
    {
        var cgroups = new Lazy<CgroupPaths>(CgroupPaths.Read);
        foreach (Listed<LinkEntry> link in links)
        {
            if (link.Entry is not { Info: { ProgramId: not 0 } info } entry) continue;
            AttachmentTarget? target = TargetOf(entry, cgroups, machine);
            yield return new Attachment(info.ProgramId, AttachmentKind.Link, PointOf(entry), target, info.Id);
        }
    }

    // The kernel has no attach type for a program that replaces a function, and tells 0: that of cgroup_inet_ingress.
    private static AttachmentPoint PointOf(LinkEntry entry) => entry.Info.Target switch
    {
        BpfLinkTarget.Tracing when entry.ProgramType is BpfProgramType.Ext => new AttachmentPoint.Extension(),
        BpfLinkTarget.Tracing tracing => new AttachmentPoint.Attach(tracing.AttachType),
        BpfLinkTarget.Cgroup cgroup => new AttachmentPoint.Attach(cgroup.AttachType),
        BpfLinkTarget.Netns netns => new AttachmentPoint.Attach(netns.AttachType),
        BpfLinkTarget.Device device => new AttachmentPoint.Attach(device.AttachType),
        BpfLinkTarget.Sockmap sockmap => new AttachmentPoint.Attach(sockmap.AttachType),
        _ => new AttachmentPoint.Link(entry.Info.Type),
    };

    private static AttachmentTarget? TargetOf(LinkEntry entry, Lazy<CgroupPaths> cgroups, MachineSnapshot machine) =>
        entry.Info.Target switch
        {
            BpfLinkTarget.RawTracepoint raw => new AttachmentTarget.RawTracepoint(raw.Name),
            BpfLinkTarget.Tracing tracing => Function(tracing, entry.OnProgram, machine.Types),
            BpfLinkTarget.Cgroup { CgroupId: not 0 } cgroup when cgroups.Value.Find(cgroup.CgroupId) is { } path =>
                new AttachmentTarget.Cgroup(path),
            BpfLinkTarget.Cgroup cgroup => new AttachmentTarget.CgroupId(cgroup.CgroupId),
            BpfLinkTarget.Iterator iterator => new AttachmentTarget.Iterator(iterator.Name, iterator.MapId),
            BpfLinkTarget.Netns netns => new AttachmentTarget.Netns(netns.NetnsInode),
            BpfLinkTarget.Device device => new AttachmentTarget.Device(device.IfIndex),
            BpfLinkTarget.Sockmap sockmap => new AttachmentTarget.Map(sockmap.MapId),
            BpfLinkTarget.Netfilter hook => new AttachmentTarget.Netfilter(hook, machine.LinkNamespaces.Find(entry.Info.Id)),
            BpfLinkTarget.Kprobe kprobe => new AttachmentTarget.Kprobe(
                kprobe.Function.Length > 0 ? kprobe.Function : $"0x{kprobe.Address:x}", kprobe.Offset, kprobe.IsReturn),
            BpfLinkTarget.Uprobe uprobe => new AttachmentTarget.Uprobe(uprobe.Path, uprobe.Offset, uprobe.IsReturn),
            BpfLinkTarget.Tracepoint tracepoint => new AttachmentTarget.Tracepoint(tracepoint.Name),
            BpfLinkTarget.PerfEvent perf => PerfAttachments.Event(perf.EventType, perf.Config, machine.PerfDevices),
            BpfLinkTarget.KprobeMulti multi => new AttachmentTarget.Functions(
                [.. multi.Addresses.Select(address => machine.Kernel.Symbol(address) ?? $"0x{address:x}")]),
            BpfLinkTarget.TracingMulti multi => new AttachmentTarget.Functions(
                [.. multi.Addresses.Select(address => machine.Kernel.TracedFunction(address) ?? $"0x{address:x}")]),
            BpfLinkTarget.UprobeMulti multi => new AttachmentTarget.Uprobes(multi.Path, multi.Offsets),
            _ => null,
        };

    private static AttachmentTarget? Function(BpfLinkTarget.Tracing tracing, bool? onProgram, KernelTypes types)
    {
        if (tracing.BtfId == 0) return null;
        if (onProgram == true || tracing.ObjectId == 0) return ProgramFunction(tracing);
        using BpfBtf? btf = BpfBtf.TryOpenById(tracing.ObjectId, out _);
        return btf?.GetInfo() switch
        {
            { IsKernel: true, Name: "vmlinux" } => types.Name(tracing.BtfId) is { } name ? new AttachmentTarget.Function(name) : null,
            { IsKernel: true, Name: var module } => new AttachmentTarget.ModuleFunction(
                module, ModuleFunction(module, tracing.BtfId, types), tracing.BtfId),
            _ => ProgramFunction(tracing),
        };
    }

    private static string? ModuleFunction(string module, uint id, KernelTypes types)
    {
        try
        {
            if (types.Btf is { } kernel && Btf.LoadModule(module, kernel) is { } btf && id < btf.EndId) return btf[id].Name;
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            // The module has gone, or keeps its types to itself.
        }

        return null;
    }

    // The target is a function of another program, or that program as a whole.
    private static AttachmentTarget.ProgramFunction ProgramFunction(BpfLinkTarget.Tracing tracing)
    {
        try
        {
            using BpfProgram? target = BpfProgram.TryOpenById(tracing.ObjectId, out _);
            using BpfBtf? open = target?.GetInfo() is { BtfId: not 0 } info ? BpfBtf.TryOpenById(info.BtfId, out _) : null;
            if (open is not null && Btf.Parse(open.GetRaw()) is { } btf && tracing.BtfId < btf.EndId)
                return new AttachmentTarget.ProgramFunction(tracing.ObjectId, btf[tracing.BtfId].Name, tracing.BtfId);
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            // The target has gone, or cannot be read: its number stays.
        }

        return new AttachmentTarget.ProgramFunction(tracing.ObjectId, null, tracing.BtfId);
    }
}
