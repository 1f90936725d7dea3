using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>The keys of each kind of link.</summary>
internal static class LinkTargetJson
{
    private const uint MultiReturn = 1;

    public static void Write(Utf8JsonWriter json, LinkEntry entry, MachineSnapshot machine)
    {
        switch (entry.Info.Target)
        {
            case BpfLinkTarget.RawTracepoint raw:
                json.WriteString("tp_name", raw.Name);
                json.WriteNumber("cookie", raw.Cookie);
                break;
            case BpfLinkTarget.Tracing tracing:
                if (entry.ProgramType is { } type)
                    InventoryJson.WriteType(json, "prog_type", type);
                WriteAttachType(json, tracing.AttachType);
                json.WriteNumber("target_obj_id", tracing.ObjectId);
                json.WriteNumber("target_btf_id", tracing.BtfId);
                json.WriteNumber("cookie", tracing.Cookie);
                break;
            case BpfLinkTarget.Cgroup cgroup:
                json.WriteNumber("cgroup_id", cgroup.CgroupId);
                WriteAttachType(json, cgroup.AttachType);
                break;
            case BpfLinkTarget.Iterator iterator:
                Write(json, iterator);
                break;
            case BpfLinkTarget.Netns netns:
                json.WriteNumber("netns_ino", netns.NetnsInode);
                WriteAttachType(json, netns.AttachType);
                break;
            case BpfLinkTarget.Device device:
                LinkDevice place = machine.LinkDevices.Of(device.IfIndex, entry.Info.Id, entry.Info.ProgramId);
                json.WriteString("devname", place.Name);
                json.WriteNumber("ifindex", device.IfIndex);
                if (place.Netns is { } other) json.WriteNumber("netns_ino", other);
                if (device.AttachType != BpfAttachType.Xdp) WriteAttachType(json, device.AttachType);
                break;
            case BpfLinkTarget.StructOps ops:
                json.WriteNumber("map_id", ops.MapId);
                break;
            case BpfLinkTarget.Sockmap sockmap:
                json.WriteNumber("map_id", sockmap.MapId);
                WriteAttachType(json, sockmap.AttachType);
                break;
            case BpfLinkTarget.Netfilter netfilter:
                json.WriteNumber("pf", netfilter.Family);
                json.WriteNumber("hook", netfilter.Hook);
                json.WriteNumber("prio", netfilter.Priority);
                json.WriteNumber("flags", netfilter.Flags);
                break;
            default:
                WriteProbe(json, entry.Info.Target, machine.Kernel);
                break;
        }
    }

    private static void WriteProbe(Utf8JsonWriter json, BpfLinkTarget? target, TargetKernel kernel)
    {
        switch (target)
        {
            case BpfLinkTarget.Kprobe kprobe:
                json.WriteBoolean("retprobe", kprobe.IsReturn);
                json.WriteNumber("addr", kprobe.Address);
                json.WriteString("func", kprobe.Function);
                json.WriteNumber("offset", kprobe.Offset);
                json.WriteNumber("missed", kprobe.Missed);
                json.WriteNumber("cookie", kprobe.Cookie);
                break;
            case BpfLinkTarget.Uprobe uprobe:
                json.WriteBoolean("retprobe", uprobe.IsReturn);
                json.WriteString("file", uprobe.Path);
                json.WriteNumber("offset", uprobe.Offset);
                json.WriteNumber("cookie", uprobe.Cookie);
                json.WriteNumber("ref_ctr_offset", uprobe.ReferenceOffset);
                break;
            case BpfLinkTarget.Tracepoint tracepoint:
                json.WriteString("tracepoint", tracepoint.Name);
                json.WriteNumber("cookie", tracepoint.Cookie);
                break;
            case BpfLinkTarget.PerfEvent perf:
                if (PerfEventNames.Type(perf.EventType) is { } type) json.WriteString("event_type", type);
                else json.WriteNumber("event_type", perf.EventType);
                if (PerfEventNames.Config(perf.EventType, perf.Config) is { } config) json.WriteString("event_config", config);
                else json.WriteNumber("event_config", perf.Config);
                json.WriteNumber("cookie", perf.Cookie);
                break;
            case BpfLinkTarget.KprobeMulti multi:
                Write(json, multi, kernel);
                break;
            case BpfLinkTarget.TracingMulti multi:
                Write(json, multi, kernel);
                break;
            case BpfLinkTarget.UprobeMulti multi:
                Write(json, multi);
                break;
        }
    }

    private static void Write(Utf8JsonWriter json, BpfLinkTarget.Iterator iterator)
    {
        json.WriteString("target_name", iterator.Name);
        if (iterator.MapId != 0) json.WriteNumber("map_id", iterator.MapId);
        if (iterator.Tid != 0) json.WriteNumber("tid", iterator.Tid);
        else if (iterator.Pid != 0) json.WriteNumber("pid", iterator.Pid);
        if (iterator.Name != "cgroup") return;
        json.WriteNumber("cgroup_id", iterator.CgroupId);
        json.WriteString("order", LinkTargetText.Order(iterator.Order));
    }

    private static void Write(Utf8JsonWriter json, BpfLinkTarget.KprobeMulti multi, TargetKernel kernel)
    {
        json.WriteBoolean("retprobe", (multi.Flags & MultiReturn) != 0);
        json.WriteNumber("func_cnt", multi.Addresses.Length);
        json.WriteNumber("missed", multi.Missed);
        json.WriteObjects("funcs", multi.Addresses.Zip(multi.Cookies).OrderBy(place => place.First), place =>
        {
            json.WriteNumber("addr", place.First);
            if (kernel.Symbol(place.First) is { } name) json.WriteString("func", name);
            json.WriteNumber("cookie", place.Second);
        });
    }

    private static void Write(Utf8JsonWriter json, BpfLinkTarget.TracingMulti multi, TargetKernel kernel)
    {
        WriteAttachType(json, multi.AttachType);
        json.WriteNumber("func_cnt", multi.Addresses.Length);
        json.WriteNumber("btf_obj_id", multi.ObjectId);
        json.WriteObjects("funcs", Enumerable.Range(0, multi.Addresses.Length).OrderBy(i => multi.Addresses[i]), i =>
        {
            json.WriteNumber("id", multi.BtfIds[i]);
            json.WriteNumber("addr", multi.Addresses[i]);
            if (kernel.TracedFunction(multi.Addresses[i]) is { } name) json.WriteString("func", name);
            json.WriteNumber("cookie", multi.Cookies[i]);
        });
    }

    private static void Write(Utf8JsonWriter json, BpfLinkTarget.UprobeMulti multi)
    {
        json.WriteBoolean("retprobe", (multi.Flags & MultiReturn) != 0);
        json.WriteString("path", multi.Path);
        json.WriteNumber("func_cnt", multi.Offsets.Length);
        json.WriteNumber("pid", multi.Pid);
        json.WriteObjects("funcs", Enumerable.Range(0, multi.Offsets.Length), i =>
        {
            json.WriteNumber("offset", multi.Offsets[i]);
            json.WriteNumber("ref_ctr_offset", multi.ReferenceOffsets[i]);
            json.WriteNumber("cookie", multi.Cookies[i]);
        });
    }

    private static void WriteAttachType(Utf8JsonWriter json, BpfAttachType type) => InventoryJson.WriteType(json, "attach_type", type);
}
