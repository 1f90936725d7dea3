using System.Runtime.InteropServices;

namespace Skep.Bpf.Interop;

// What BPF_OBJ_GET_INFO_BY_FD fills (include/uapi/linux/bpf.h, Linux 6.18). Field names are the kernel's.

[StructLayout(LayoutKind.Explicit, Size = 232)]
internal unsafe struct bpf_prog_info
{
    [FieldOffset(0)] public uint type;
    [FieldOffset(4)] public uint id;
    [FieldOffset(8)] public ulong tag;
    [FieldOffset(16)] public uint jited_prog_len;
    [FieldOffset(20)] public uint xlated_prog_len;
    [FieldOffset(24)] public void* jited_prog_insns;
    [FieldOffset(32)] public void* xlated_prog_insns;
    [FieldOffset(40)] public ulong load_time;
    [FieldOffset(48)] public uint created_by_uid;
    [FieldOffset(52)] public uint nr_map_ids;
    [FieldOffset(56)] public uint* map_ids;
    [FieldOffset(64)] public ObjectName name;
    [FieldOffset(80)] public uint ifindex;
    [FieldOffset(84)] public uint gpl_compatible;
    [FieldOffset(88)] public ulong netns_dev;
    [FieldOffset(96)] public ulong netns_ino;
    [FieldOffset(104)] public uint nr_jited_ksyms;
    [FieldOffset(108)] public uint nr_jited_func_lens;
    [FieldOffset(112)] public ulong* jited_ksyms;
    [FieldOffset(120)] public uint* jited_func_lens;
    [FieldOffset(128)] public uint btf_id;
    [FieldOffset(132)] public uint func_info_rec_size;
    [FieldOffset(136)] public void* func_info;
    [FieldOffset(144)] public uint nr_func_info;
    [FieldOffset(148)] public uint nr_line_info;
    [FieldOffset(152)] public void* line_info;
    [FieldOffset(160)] public ulong* jited_line_info;
    [FieldOffset(168)] public uint nr_jited_line_info;
    [FieldOffset(172)] public uint line_info_rec_size;
    [FieldOffset(176)] public uint jited_line_info_rec_size;
    [FieldOffset(180)] public uint nr_prog_tags;
    [FieldOffset(184)] public ulong* prog_tags;
    [FieldOffset(192)] public ulong run_time_ns;
    [FieldOffset(200)] public ulong run_cnt;
    [FieldOffset(208)] public ulong recursion_misses;
    [FieldOffset(216)] public uint verified_insns;
    [FieldOffset(220)] public uint attach_btf_obj_id;
    [FieldOffset(224)] public uint attach_btf_id;
}

[StructLayout(LayoutKind.Explicit, Size = 104)]
internal unsafe struct bpf_map_info
{
    [FieldOffset(0)] public uint type;
    [FieldOffset(4)] public uint id;
    [FieldOffset(8)] public uint key_size;
    [FieldOffset(12)] public uint value_size;
    [FieldOffset(16)] public uint max_entries;
    [FieldOffset(20)] public uint map_flags;
    [FieldOffset(24)] public ObjectName name;
    [FieldOffset(40)] public uint ifindex;
    [FieldOffset(44)] public uint btf_vmlinux_value_type_id;
    [FieldOffset(48)] public ulong netns_dev;
    [FieldOffset(56)] public ulong netns_ino;
    [FieldOffset(64)] public uint btf_id;
    [FieldOffset(68)] public uint btf_key_type_id;
    [FieldOffset(72)] public uint btf_value_type_id;
    [FieldOffset(76)] public uint btf_vmlinux_id;
    [FieldOffset(80)] public ulong map_extra;
    [FieldOffset(88)] public void* hash;
    [FieldOffset(96)] public uint hash_size;
}

[StructLayout(LayoutKind.Explicit, Size = 32)]
internal unsafe struct bpf_btf_info
{
    [FieldOffset(0)] public void* btf;
    [FieldOffset(8)] public uint btf_size;
    [FieldOffset(12)] public uint id;
    [FieldOffset(16)] public byte* name;
    [FieldOffset(24)] public uint name_len;
    [FieldOffset(28)] public uint kernel_btf;
}

[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct bpf_link_info
{
    [FieldOffset(0)] public uint type;
    [FieldOffset(4)] public uint id;
    [FieldOffset(8)] public uint prog_id;
    [FieldOffset(16)] public raw_tracepoint_info raw_tracepoint;
    [FieldOffset(16)] public tracing_info tracing;
    [FieldOffset(16)] public cgroup_info cgroup;
    [FieldOffset(16)] public iter_info iter;
    [FieldOffset(16)] public netns_info netns;
    [FieldOffset(16)] public device_info xdp;
    [FieldOffset(16)] public struct_ops_info struct_ops;
    [FieldOffset(16)] public netfilter_info netfilter;
    [FieldOffset(16)] public kprobe_multi_info kprobe_multi;
    [FieldOffset(16)] public uprobe_multi_info uprobe_multi;
    [FieldOffset(16)] public perf_event_info perf_event;
    [FieldOffset(16)] public device_info tcx;
    [FieldOffset(16)] public device_info netkit;
    [FieldOffset(16)] public sockmap_info sockmap;
    [FieldOffset(16)] public tracing_multi_info tracing_multi;

    [StructLayout(LayoutKind.Explicit, Size = 24)]
    internal struct raw_tracepoint_info
    {
        [FieldOffset(0)] public byte* tp_name;
        [FieldOffset(8)] public uint tp_name_len;
        [FieldOffset(16)] public ulong cookie;
    }

    [StructLayout(LayoutKind.Explicit, Size = 24)]
    internal struct tracing_info
    {
        [FieldOffset(0)] public uint attach_type;
        [FieldOffset(4)] public uint target_obj_id;
        [FieldOffset(8)] public uint target_btf_id;
        [FieldOffset(16)] public ulong cookie;
    }

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct cgroup_info
    {
        [FieldOffset(0)] public ulong cgroup_id;
        [FieldOffset(8)] public uint attach_type;
    }

    [StructLayout(LayoutKind.Explicit, Size = 32)]
    internal struct iter_info
    {
        [FieldOffset(0)] public byte* target_name;
        [FieldOffset(8)] public uint target_name_len;
        [FieldOffset(12)] public uint map_id;
        [FieldOffset(16)] public ulong cgroup_id;
        [FieldOffset(16)] public uint tid;
        [FieldOffset(20)] public uint pid;
        [FieldOffset(24)] public uint order;
    }

    [StructLayout(LayoutKind.Explicit, Size = 8)]
    internal struct netns_info
    {
        [FieldOffset(0)] public uint netns_ino;
        [FieldOffset(4)] public uint attach_type;
    }

    // xdp has the first field only.
    [StructLayout(LayoutKind.Explicit, Size = 8)]
    internal struct device_info
    {
        [FieldOffset(0)] public uint ifindex;
        [FieldOffset(4)] public uint attach_type;
    }

    [StructLayout(LayoutKind.Explicit, Size = 4)]
    internal struct struct_ops_info
    {
        [FieldOffset(0)] public uint map_id;
    }

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct netfilter_info
    {
        [FieldOffset(0)] public uint pf;
        [FieldOffset(4)] public uint hooknum;
        [FieldOffset(8)] public int priority;
        [FieldOffset(12)] public uint flags;
    }

    [StructLayout(LayoutKind.Explicit, Size = 32)]
    internal struct kprobe_multi_info
    {
        [FieldOffset(0)] public ulong* addrs;
        [FieldOffset(8)] public uint count;
        [FieldOffset(12)] public uint flags;
        [FieldOffset(16)] public ulong missed;
        [FieldOffset(24)] public ulong* cookies;
    }

    [StructLayout(LayoutKind.Explicit, Size = 48)]
    internal struct uprobe_multi_info
    {
        [FieldOffset(0)] public byte* path;
        [FieldOffset(8)] public ulong* offsets;
        [FieldOffset(16)] public ulong* ref_ctr_offsets;
        [FieldOffset(24)] public ulong* cookies;
        [FieldOffset(32)] public uint path_size;
        [FieldOffset(36)] public uint count;
        [FieldOffset(40)] public uint flags;
        [FieldOffset(44)] public uint pid;
    }

    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct tracing_multi_info
    {
        [FieldOffset(0)] public uint attach_type;
        [FieldOffset(4)] public uint count;
        [FieldOffset(8)] public uint btf_obj_id;
        [FieldOffset(16)] public uint* ids;
        [FieldOffset(24)] public ulong* addrs;
        [FieldOffset(32)] public ulong* cookies;
    }

    // After type, offset 8: one layout per kind of event.
    [StructLayout(LayoutKind.Explicit, Size = 48)]
    internal struct perf_event_info
    {
        [FieldOffset(0)] public uint type;
        [FieldOffset(8)] public byte* name;
        [FieldOffset(16)] public uint name_len;
        [FieldOffset(20)] public uint offset;
        [FieldOffset(24)] public ulong kprobe_addr;
        [FieldOffset(32)] public ulong kprobe_missed;
        [FieldOffset(40)] public ulong kprobe_cookie;
        [FieldOffset(24)] public ulong uprobe_cookie;
        [FieldOffset(32)] public ulong uprobe_ref_ctr_offset;
        [FieldOffset(24)] public ulong tracepoint_cookie;
        [FieldOffset(8)] public ulong event_config;
        [FieldOffset(16)] public uint event_type;
        [FieldOffset(24)] public ulong event_cookie;
    }

    [StructLayout(LayoutKind.Explicit, Size = 8)]
    internal struct sockmap_info
    {
        [FieldOffset(0)] public uint map_id;
        [FieldOffset(4)] public uint attach_type;
    }
}
