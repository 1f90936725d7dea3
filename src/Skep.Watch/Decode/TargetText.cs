using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Linux.Network;
using Skep.Watch.Capture;

namespace Skep.Watch.Decode;

/// <summary>
/// What a program is attached to: <c>cgroup /system.slice</c>, <c>tracepoint sched/sched_switch</c>,
/// <c>eth0 (ifindex 2, netns 4026531840)</c>.
/// </summary>
internal static class TargetText
{
    // include/uapi/linux/perf_event.h; dynamic PMUs (kprobe, uprobe) follow.
    private static readonly string[] PerfTypes = ["hardware", "software", "tracepoint", "hw_cache", "raw", "breakpoint"];
    private const uint PerfTracepoint = 2;

    // Bit 0 of the configuration of the kprobe and uprobe PMUs: /sys/bus/event_source/devices/kprobe/format/retprobe.
    private const ulong ReturnProbe = 1;

    public static string Device(string name, uint ifindex, uint netns) =>
        (name.Length > 0 ? $"{name} (ifindex {ifindex}" : $"(ifindex {ifindex}") + (netns != 0 ? $", netns {netns})" : ")");

    public static string Cgroup(CapturedCall call, ulong id) =>
        call.CgroupPath(id) is { } path ? $"cgroup {path}" : $"cgroup id {id}";

    /// <summary>A perf event: by the kernel's name of its target, else by its type and configuration.</summary>
    public static string PerfEvent(uint type, ulong config, string target, ulong offset)
    {
        if (target.Length == 0)
            return $"perf event {(type < PerfTypes.Length ? PerfTypes[type] : $"type {type}")} config {config}";
        if (type == PerfTracepoint) return $"tracepoint {target}";
        string place = offset == 0 ? target : $"{target}+0x{offset:x}";
        string kind = (target.StartsWith('/'), (config & ReturnProbe) != 0) switch
        {
            (true, true) => "uretprobe",
            (true, false) => "uprobe",
            (false, true) => "kretprobe",
            (false, false) => "kprobe",
        };
        return $"{kind} {place}";
    }

    /// <summary>The target of PROG_ATTACH, by what its descriptor stands for.</summary>
    public static string? OfAttach(CapturedCall call, BpfAttachType type)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        ref readonly RefRecord target = ref entry.Refs[0];
        if (type is BpfAttachType.TcxIngress or BpfAttachType.TcxEgress or BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer)
            return Device("", (uint)AttrDecoder.As<ProgAttachAttr>(entry).target_fd, entry.Netns);
        return target.Kind switch
        {
            ObjectKind.Cgroup => Cgroup(call, target.Extra),
            ObjectKind.Map => $"map {target.Id} ({((BpfMapType)target.Type).Name()} {KernelText.Read(target.Name)})",
            ObjectKind.Netns => NetworkNamespace.Text(target.Id),
            _ when type == BpfAttachType.FlowDissector => NetworkNamespace.Text(entry.Netns),
            ObjectKind.BadFd => $"descriptor {target.Fd}, which is not open",
            _ => $"descriptor {target.Fd}",
        };
    }
}
