using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>The lines of each kind of link.</summary>
internal static class LinkTargetText
{
    private const uint MultiReturn = 1;

    private static readonly string[] Orders = ["order_unspec", "self_only", "descendants_pre", "descendants_post", "ancestors_up"];

    /// <summary>The order in which an iterator walks over cgroups (<c>enum bpf_cgroup_iter_order</c>).</summary>
    public static string Order(uint order) => order < Orders.Length ? Orders[order] : "unknown";

    public static void Write(TextWriter output, LinkEntry entry, MachineSnapshot machine)
    {
        switch (entry.Info.Target)
        {
            case BpfLinkTarget.RawTracepoint raw:
                output.Write($"\n\ttp '{SafeText.Escape(raw.Name)}'  ");
                WriteCookie(output, raw.Cookie);
                break;
            case BpfLinkTarget.Tracing tracing:
                string type = entry.ProgramType is { } known ? $"prog_type {known.Name()}  " : "";
                output.Write($"\n\t{type}attach_type {tracing.AttachType.Name()}  ");
                if (tracing.ObjectId != 0 || tracing.BtfId != 0)
                    output.Write($"\n\ttarget_obj_id {tracing.ObjectId}  target_btf_id {tracing.BtfId}  ");
                WriteCookie(output, tracing.Cookie);
                break;
            case BpfLinkTarget.Cgroup cgroup:
                output.Write($"\n\tcgroup_id {cgroup.CgroupId}  attach_type {cgroup.AttachType.Name()}  ");
                break;
            case BpfLinkTarget.Iterator iterator:
                Write(output, iterator);
                break;
            case BpfLinkTarget.Netns netns:
                output.Write($"\n\tnetns_ino {netns.NetnsInode}  attach_type {netns.AttachType.Name()}  ");
                break;
            case BpfLinkTarget.Device device:
                LinkDevice place = machine.LinkDevices.Of(device.IfIndex, entry.Info.Id, entry.Info.ProgramId);
                string name = SafeText.Escape(place.Name);
                output.Write($"\n\tifindex {(name[0] == '(' ? name : $"{name}({device.IfIndex})")}  ");
                if (place.Netns is { } other) output.Write($"netns_ino {other}  ");
                if (device.AttachType != BpfAttachType.Xdp) output.Write($"attach_type {device.AttachType.Name()}  ");
                break;
            case BpfLinkTarget.Sockmap sockmap:
                output.Write($"\n\tmap_id {sockmap.MapId}  attach_type {sockmap.AttachType.Name()}  ");
                break;
            case BpfLinkTarget.Netfilter netfilter:
                output.Write($"\n\tpf {netfilter.Family} hook {netfilter.Hook} prio {netfilter.Priority}");
                if (netfilter.Flags != 0) output.Write($" flags 0x{netfilter.Flags:x}");
                break;
            default:
                WriteProbe(output, entry.Info.Target, machine.Kernel);
                break;
        }
    }

    private static void WriteCookie(TextWriter output, ulong cookie)
    {
        if (cookie != 0) output.Write($"\n\tcookie {cookie}  ");
    }

    private static void WriteProbe(TextWriter output, BpfLinkTarget? target, TargetKernel kernel)
    {
        switch (target)
        {
            case BpfLinkTarget.Kprobe kprobe:
                output.Write(kprobe.IsReturn ? "\n\tkretprobe " : "\n\tkprobe ");
                if (kprobe.Address != 0) output.Write($"{kprobe.Address:x} ");
                output.Write(SafeText.Escape(kprobe.Function));
                if (kprobe.Offset != 0) output.Write($"+0x{kprobe.Offset:x}");
                output.Write("  ");
                if (kprobe.Missed != 0) output.Write($"missed {kprobe.Missed}  ");
                break;
            case BpfLinkTarget.Uprobe uprobe:
                output.Write($"\n\t{(uprobe.IsReturn ? "uretprobe" : "uprobe")} {SafeText.Escape(uprobe.Path)}+0x{uprobe.Offset:x}  ");
                break;
            case BpfLinkTarget.Tracepoint tracepoint:
                output.Write($"\n\ttracepoint {SafeText.Escape(tracepoint.Name)}  ");
                break;
            case BpfLinkTarget.PerfEvent perf:
                output.Write($"\n\tevent {PerfEventNames.Type(perf.EventType) ?? $"type {perf.EventType}"}:");
                output.Write(PerfEventNames.Config(perf.EventType, perf.Config) ?? perf.Config.ToString(CultureInfo.InvariantCulture));
                output.Write("  ");
                break;
            case BpfLinkTarget.KprobeMulti multi:
                output.Write(
                    $"\n\t{((multi.Flags & MultiReturn) != 0 ? "kretprobe.multi" : "kprobe.multi")}  func_cnt {multi.Addresses.Length}  ");
                if (multi.Missed != 0) output.Write($"missed {multi.Missed}  ");
                foreach (ulong address in multi.Addresses.Order()) output.Write($"\n\t{address:x16} {kernel.Symbol(address)}");
                break;
            case BpfLinkTarget.TracingMulti multi:
                output.Write($"\n\tattach_type {multi.AttachType.Name()}  btf_obj_id {multi.ObjectId}  ");
                output.Write($"func_cnt {multi.Addresses.Length}  ");
                foreach (ulong address in multi.Addresses.Order()) output.Write($"\n\t{address:x16} {kernel.TracedFunction(address)}");
                break;
            case BpfLinkTarget.UprobeMulti multi:
                output.Write($"\n\t{((multi.Flags & MultiReturn) != 0 ? "uretprobe.multi" : "uprobe.multi")}  ");
                output.Write($"path {SafeText.Escape(multi.Path)}  func_cnt {multi.Offsets.Length}  ");
                if (multi.Pid != 0) output.Write($"pid {multi.Pid}  ");
                foreach (ulong offset in multi.Offsets) output.Write($"\n\t0x{offset:x}");
                break;
        }
    }

    private static void Write(TextWriter output, BpfLinkTarget.Iterator iterator)
    {
        output.Write($"\n\ttarget_name {SafeText.Escape(iterator.Name)}  ");
        if (iterator.MapId != 0) output.Write($"map_id {iterator.MapId}  ");
        if (iterator.Tid != 0) output.Write($"tid {iterator.Tid} ");
        else if (iterator.Pid != 0) output.Write($"pid {iterator.Pid} ");
        if (iterator.Name == "cgroup") output.Write($"cgroup_id {iterator.CgroupId}  order {Order(iterator.Order)}  ");
    }
}
