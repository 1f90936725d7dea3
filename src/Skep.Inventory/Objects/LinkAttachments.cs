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
            if (link.Entry is { Info: { ProgramId: not 0 } info } entry)
                yield return new Attachment(info.ProgramId, "link", TypeOf(entry), TargetOf(entry, cgroups, machine), info.Id);
        }
    }

    // The kernel has no attach type for a program that replaces a function, and tells 0: that of cgroup_inet_ingress.
    internal static string TypeOf(LinkEntry entry) => entry.Info.Target switch
    {
        BpfLinkTarget.Tracing when entry.ProgramType is BpfProgramType.Ext => BpfProgramType.Ext.Name(),
        BpfLinkTarget.Tracing tracing => tracing.AttachType.Name(),
        BpfLinkTarget.Cgroup cgroup => cgroup.AttachType.Name(),
        BpfLinkTarget.Netns netns => netns.AttachType.Name(),
        BpfLinkTarget.Device device => device.AttachType.Name(),
        BpfLinkTarget.Sockmap sockmap => sockmap.AttachType.Name(),
        _ => entry.Info.Type.Name(),
    };

    private static string? TargetOf(LinkEntry entry, Lazy<CgroupPaths> cgroups, MachineSnapshot machine) => entry.Info.Target switch
    {
        BpfLinkTarget.RawTracepoint raw => raw.Name,
        BpfLinkTarget.Tracing tracing => Function(tracing, entry.OnProgram, machine.Types),
        BpfLinkTarget.Cgroup { CgroupId: 0 } => "a removed cgroup",
        BpfLinkTarget.Cgroup cgroup => cgroups.Value.Find(cgroup.CgroupId) is { } path ? $"cgroup {path}" : $"cgroup id {cgroup.CgroupId}",
        BpfLinkTarget.Iterator iterator => iterator.MapId != 0 ? $"{iterator.Name} map {iterator.MapId}" : iterator.Name,
        BpfLinkTarget.Netns { NetnsInode: 0 } => "a removed network namespace",
        BpfLinkTarget.Netns netns => NetworkNamespace.Text(netns.NetnsInode),
        BpfLinkTarget.Device { IfIndex: 0 } => "a removed device",
        BpfLinkTarget.Device device => $"ifindex {device.IfIndex}",
        BpfLinkTarget.Sockmap sockmap => $"map {sockmap.MapId}",
        BpfLinkTarget.Netfilter hook =>
            $"netfilter {NetfilterView.Family(hook.Family)} {NetfilterView.Hook(hook.Hook)} priority {hook.Priority}"
                + Netns(entry.Info.Id, machine),
        BpfLinkTarget.Kprobe kprobe => Place(kprobe.IsReturn ? "kretprobe" : "kprobe", Symbol(kprobe), kprobe.Offset),
        BpfLinkTarget.Uprobe uprobe => Place(uprobe.IsReturn ? "uretprobe" : "uprobe", uprobe.Path, uprobe.Offset),
        BpfLinkTarget.Tracepoint tracepoint => $"tracepoint {tracepoint.Name}",
        BpfLinkTarget.PerfEvent perf => PerfAttachments.Event(perf.EventType, perf.Config, machine.PerfDevices),
        BpfLinkTarget.KprobeMulti multi =>
            string.Join(", ", multi.Addresses.Select(address => machine.Kernel.Symbol(address) ?? $"0x{address:x}")),
        BpfLinkTarget.UprobeMulti multi => $"{multi.Path} at {string.Join(", ", multi.Offsets.Select(offset => $"0x{offset:x}"))}",
        _ => null,
    };

    internal static string Place(string kind, string where, ulong offset) =>
        offset == 0 ? $"{kind} {where}" : $"{kind} {where}+0x{offset:x}";

    private static string Symbol(BpfLinkTarget.Kprobe kprobe) => kprobe.Function.Length > 0 ? kprobe.Function : $"0x{kprobe.Address:x}";

    private static string Netns(uint link, MachineSnapshot machine) =>
        machine.LinkNamespaces.Find(link) is { } netns ? $" ({NetworkNamespace.Text(netns)})" : "";

    private static string? Function(BpfLinkTarget.Tracing tracing, bool? onProgram, KernelTypes types)
    {
        if (tracing.BtfId == 0) return null;
        if (onProgram == true || tracing.ObjectId == 0) return ProgramFunction(tracing);
        using BpfBtf? btf = BpfBtf.TryOpenById(tracing.ObjectId, out _);
        return btf?.GetInfo() switch
        {
            { IsKernel: true, Name: "vmlinux" } => types.Name(tracing.BtfId),
            { IsKernel: true, Name: var module } => $"{ModuleFunction(module, tracing.BtfId, types)} of module {module}",
            _ => ProgramFunction(tracing),
        };
    }

    private static string ModuleFunction(string module, uint id, KernelTypes types)
    {
        try
        {
            if (types.Btf is { } kernel && Btf.LoadModule(module, kernel) is { } btf && id < btf.EndId) return btf[id].Name;
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            // The module has gone, or keeps its types to itself.
        }

        return $"BTF id {id}";
    }

    // The target is a function of another program, or that program as a whole.
    private static string ProgramFunction(BpfLinkTarget.Tracing tracing)
    {
        try
        {
            using BpfProgram? target = BpfProgram.TryOpenById(tracing.ObjectId, out _);
            using BpfBtf? open = target?.GetInfo() is { BtfId: not 0 } info ? BpfBtf.TryOpenById(info.BtfId, out _) : null;
            if (open is not null && Btf.Parse(open.GetRaw()) is { } btf && tracing.BtfId < btf.EndId)
                return $"{btf[tracing.BtfId].Name} of program {tracing.ObjectId}";
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            // The target has gone, or cannot be read: its number stays.
        }

        return $"BTF id {tracing.BtfId} of program {tracing.ObjectId}";
    }
}
