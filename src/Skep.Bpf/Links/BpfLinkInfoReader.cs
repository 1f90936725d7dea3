using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>
/// Reads a link's information: once for its kind and the lengths, once more for strings and arrays. One that is expected to begin with a
/// name is read with room for a name, and once.
/// </summary>
internal static unsafe class BpfLinkInfoReader
{
    private const int TextCapacity = 4096;

    // enum bpf_perf_event_type.
    private const uint Uprobe = 1, Uretprobe = 2, Kprobe = 3, Kretprobe = 4, Tracepoint = 5, Event = 6;

    internal static BpfLinkInfo Read(int fd, BpfLinkType expected)
    {
        if (expected == BpfLinkType.RawTracepoint && ReadNamed(fd) is { } named) return named;
        bpf_link_info raw = default;
        Fill(fd, ref raw);
        var type = (BpfLinkType)raw.type;
        BpfLinkTarget? target = type switch
        {
            BpfLinkType.RawTracepoint => ReadRawTracepoint(fd),
            BpfLinkType.Tracing => new BpfLinkTarget.Tracing(
                (BpfAttachType)raw.tracing.attach_type, raw.tracing.target_obj_id, raw.tracing.target_btf_id, raw.tracing.cookie),
            BpfLinkType.Cgroup => new BpfLinkTarget.Cgroup(raw.cgroup.cgroup_id, (BpfAttachType)raw.cgroup.attach_type),
            BpfLinkType.Iter => ReadIterator(fd),
            BpfLinkType.Netns => new BpfLinkTarget.Netns(raw.netns.netns_ino, (BpfAttachType)raw.netns.attach_type),
            BpfLinkType.Xdp => new BpfLinkTarget.Device(raw.xdp.ifindex, BpfAttachType.Xdp),
            BpfLinkType.PerfEvent => ReadPerfEvent(fd, raw.perf_event.type),
            BpfLinkType.KprobeMulti => ReadKprobeMulti(fd, raw.kprobe_multi.count),
            BpfLinkType.StructOps => new BpfLinkTarget.StructOps(raw.struct_ops.map_id),
            BpfLinkType.Netfilter => new BpfLinkTarget.Netfilter(
                raw.netfilter.pf, raw.netfilter.hooknum, raw.netfilter.priority, raw.netfilter.flags),
            BpfLinkType.Tcx => new BpfLinkTarget.Device(raw.tcx.ifindex, (BpfAttachType)raw.tcx.attach_type),
            BpfLinkType.UprobeMulti => ReadUprobeMulti(fd, raw.uprobe_multi.count),
            BpfLinkType.Netkit => new BpfLinkTarget.Device(raw.netkit.ifindex, (BpfAttachType)raw.netkit.attach_type),
            BpfLinkType.Sockmap => new BpfLinkTarget.Sockmap(raw.sockmap.map_id, (BpfAttachType)raw.sockmap.attach_type),
            BpfLinkType.TracingMulti => ReadTracingMulti(fd, raw.tracing_multi.count),
            _ => null,
        };
        return new BpfLinkInfo(raw.id, type, raw.prog_id, target);
    }

    // Null for a link of another kind: of that the kernel may have left some of what was offered as it was, or have written elements behind
    // the pointer.
    private static BpfLinkInfo? ReadNamed(int fd)
    {
        bpf_link_info raw = default;
        byte* text = stackalloc byte[TextCapacity];
        text[0] = 0;
        raw.raw_tracepoint.tp_name = text;
        raw.raw_tracepoint.tp_name_len = TextCapacity / sizeof(ulong);
        return TryFill(fd, ref raw) >= 0 && (BpfLinkType)raw.type == BpfLinkType.RawTracepoint
            ? new BpfLinkInfo(raw.id, BpfLinkType.RawTracepoint, raw.prog_id,
                new BpfLinkTarget.RawTracepoint(Text(text), raw.raw_tracepoint.cookie)) : null;
    }

    private static BpfLinkTarget.RawTracepoint ReadRawTracepoint(int fd)
    {
        bpf_link_info raw = default;
        byte* text = stackalloc byte[TextCapacity];
        text[0] = 0;
        raw.raw_tracepoint.tp_name = text;
        raw.raw_tracepoint.tp_name_len = TextCapacity;
        Fill(fd, ref raw);
        return new BpfLinkTarget.RawTracepoint(Text(text), raw.raw_tracepoint.cookie);
    }

    private static BpfLinkTarget.Iterator ReadIterator(int fd)
    {
        bpf_link_info raw = default;
        byte* text = stackalloc byte[TextCapacity];
        text[0] = 0;
        raw.iter.target_name = text;
        raw.iter.target_name_len = TextCapacity;
        Fill(fd, ref raw);
        string name = Text(text);

        // The kernel fills one of the union's members, by the iterator's name (bpf_iter_*_fill_link_info).
        bool cgroup = name == "cgroup";
        bool task = name.StartsWith("task", StringComparison.Ordinal);
        bool map = name is "bpf_map_elem" or "bpf_sk_storage_map" or "sockmap";
        return new BpfLinkTarget.Iterator(
            name, map ? raw.iter.map_id : 0, cgroup ? raw.iter.cgroup_id : 0, cgroup ? raw.iter.order : 0,
            task ? raw.iter.tid : 0, task ? raw.iter.pid : 0);
    }

    private static BpfLinkTarget? ReadPerfEvent(int fd, uint type)
    {
        // Kernels before 6.6 fill nothing, and refuse fields that they do not know.
        if (type == 0) return null;
        bpf_link_info raw = default;
        byte* text = stackalloc byte[TextCapacity];
        text[0] = 0;
        if (type != Event)
        {
            raw.perf_event.name = text;
            raw.perf_event.name_len = TextCapacity;
        }

        Fill(fd, ref raw);
        bpf_link_info.perf_event_info info = raw.perf_event;
        return type switch
        {
            Uprobe or Uretprobe => new BpfLinkTarget.Uprobe(
                Text(text), info.offset, info.uprobe_cookie, info.uprobe_ref_ctr_offset, type == Uretprobe),
            Kprobe or Kretprobe => new BpfLinkTarget.Kprobe(
                Text(text), info.offset, info.kprobe_addr, info.kprobe_missed, info.kprobe_cookie, type == Kretprobe),
            Tracepoint => new BpfLinkTarget.Tracepoint(Text(text), info.tracepoint_cookie),
            Event => new BpfLinkTarget.PerfEvent(info.event_type, info.event_config, info.event_cookie),
            _ => null,
        };
    }

    private static BpfLinkTarget.KprobeMulti? ReadKprobeMulti(int fd, uint count)
    {
        if (count == 0) return null;
        bpf_link_info raw = default;
        ulong[] addresses = new ulong[count], cookies = new ulong[count];
        fixed (ulong* a = addresses, c = cookies)
        {
            raw.kprobe_multi.addrs = a;
            raw.kprobe_multi.cookies = c;
            raw.kprobe_multi.count = count;
            if (TryFill(fd, ref raw) == -Errno.E2BIG)
            {
                // Kernels before 6.9 do not know the cookies.
                raw.kprobe_multi.cookies = null;
                Fill(fd, ref raw);
            }
        }

        return new BpfLinkTarget.KprobeMulti(addresses, cookies, raw.kprobe_multi.flags, raw.kprobe_multi.missed);
    }

    private static BpfLinkTarget.UprobeMulti? ReadUprobeMulti(int fd, uint count)
    {
        if (count == 0) return null;
        bpf_link_info raw = default;
        ulong[] offsets = new ulong[count], references = new ulong[count], cookies = new ulong[count];
        byte* text = stackalloc byte[TextCapacity];
        text[0] = 0;
        fixed (ulong* o = offsets, r = references, c = cookies)
        {
            raw.uprobe_multi.path = text;
            raw.uprobe_multi.path_size = TextCapacity;
            raw.uprobe_multi.offsets = o;
            raw.uprobe_multi.ref_ctr_offsets = r;
            raw.uprobe_multi.cookies = c;
            raw.uprobe_multi.count = count;
            Fill(fd, ref raw);
        }

        return new BpfLinkTarget.UprobeMulti(Text(text), offsets, references, cookies, raw.uprobe_multi.flags, raw.uprobe_multi.pid);
    }

    private static BpfLinkTarget.TracingMulti ReadTracingMulti(int fd, uint count)
    {
        bpf_link_info raw = default;
        uint[] types = new uint[count];
        ulong[] addresses = new ulong[count], cookies = new ulong[count];
        fixed (uint* i = types)
        fixed (ulong* a = addresses, c = cookies)
        {
            raw.tracing_multi.ids = i;
            raw.tracing_multi.addrs = a;
            raw.tracing_multi.cookies = c;
            raw.tracing_multi.count = count;
            if (TryFill(fd, ref raw) < 0)
            {
                // A link that was made without cookies has none to give.
                raw.tracing_multi.cookies = null;
                Fill(fd, ref raw);
            }
        }

        return new BpfLinkTarget.TracingMulti(
            (BpfAttachType)raw.tracing_multi.attach_type, raw.tracing_multi.btf_obj_id, types, addresses, cookies);
    }

    private static string Text(byte* text)
    {
        var bytes = new ReadOnlySpan<byte>(text, TextCapacity);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static void Fill(int fd, ref bpf_link_info raw)
    {
        int result = TryFill(fd, ref raw);
        if (result < 0) throw new BpfException("read the information of a link", new Errno(-result));
    }

    private static int TryFill(int fd, ref bpf_link_info raw) => KernelObjects.Info(fd, ref raw);
}
