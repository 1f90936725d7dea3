using System.Runtime.InteropServices;

namespace Skep.Bpf.Interop;

// The parts of union bpf_attr (include/uapi/linux/bpf.h, Linux 6.18), one structure per command that is called.
// Field names are the kernel's. Each size is the member's up to its last field, rounded to the kernel's alignment of 8.

[StructLayout(LayoutKind.Explicit, Size = 96)]
internal struct MapCreateAttr
{
    [FieldOffset(0)] public uint map_type;
    [FieldOffset(4)] public uint key_size;
    [FieldOffset(8)] public uint value_size;
    [FieldOffset(12)] public uint max_entries;
    [FieldOffset(16)] public uint map_flags;
    [FieldOffset(20)] public uint inner_map_fd;
    [FieldOffset(24)] public uint numa_node;
    [FieldOffset(28)] public ObjectName map_name;
    [FieldOffset(44)] public uint map_ifindex;
    [FieldOffset(48)] public uint btf_fd;
    [FieldOffset(52)] public uint btf_key_type_id;
    [FieldOffset(56)] public uint btf_value_type_id;
    [FieldOffset(60)] public uint btf_vmlinux_value_type_id;
    [FieldOffset(64)] public ulong map_extra;
    [FieldOffset(72)] public int value_type_btf_obj_fd;
    [FieldOffset(76)] public int map_token_fd;
    [FieldOffset(80)] public ulong excl_prog_hash;
    [FieldOffset(88)] public uint excl_prog_hash_size;
}

[StructLayout(LayoutKind.Explicit, Size = 32)]
internal unsafe struct MapElementAttr
{
    [FieldOffset(0)] public uint map_fd;
    [FieldOffset(8)] public void* key;
    [FieldOffset(16)] public void* value;
    [FieldOffset(16)] public void* next_key;
    [FieldOffset(24)] public ulong flags;
}

[StructLayout(LayoutKind.Explicit, Size = 56)]
internal unsafe struct MapBatchAttr
{
    [FieldOffset(0)] public void* in_batch;
    [FieldOffset(8)] public void* out_batch;
    [FieldOffset(16)] public void* keys;
    [FieldOffset(24)] public void* values;
    [FieldOffset(32)] public uint count;
    [FieldOffset(36)] public uint map_fd;
    [FieldOffset(40)] public ulong elem_flags;
    [FieldOffset(48)] public ulong flags;
}

[StructLayout(LayoutKind.Explicit, Size = 168)]
internal unsafe struct ProgLoadAttr
{
    [FieldOffset(0)] public uint prog_type;
    [FieldOffset(4)] public uint insn_cnt;
    [FieldOffset(8)] public void* insns;
    [FieldOffset(16)] public byte* license;
    [FieldOffset(24)] public uint log_level;
    [FieldOffset(28)] public uint log_size;
    [FieldOffset(32)] public byte* log_buf;
    [FieldOffset(40)] public uint kern_version;
    [FieldOffset(44)] public uint prog_flags;
    [FieldOffset(48)] public ObjectName prog_name;
    [FieldOffset(64)] public uint prog_ifindex;
    [FieldOffset(68)] public uint expected_attach_type;
    [FieldOffset(72)] public uint prog_btf_fd;
    [FieldOffset(76)] public uint func_info_rec_size;
    [FieldOffset(80)] public void* func_info;
    [FieldOffset(88)] public uint func_info_cnt;
    [FieldOffset(92)] public uint line_info_rec_size;
    [FieldOffset(96)] public void* line_info;
    [FieldOffset(104)] public uint line_info_cnt;
    [FieldOffset(108)] public uint attach_btf_id;
    [FieldOffset(112)] public uint attach_prog_fd;
    [FieldOffset(112)] public uint attach_btf_obj_fd;
    [FieldOffset(116)] public uint core_relo_cnt;
    [FieldOffset(120)] public int* fd_array;
    [FieldOffset(128)] public void* core_relos;
    [FieldOffset(136)] public uint core_relo_rec_size;
    [FieldOffset(140)] public uint log_true_size;
    [FieldOffset(144)] public int prog_token_fd;
    [FieldOffset(148)] public uint fd_array_cnt;
    [FieldOffset(152)] public void* signature;
    [FieldOffset(160)] public uint signature_size;
    [FieldOffset(164)] public int keyring_id;
}

[StructLayout(LayoutKind.Explicit, Size = 24)]
internal unsafe struct ObjectPathAttr
{
    [FieldOffset(0)] public byte* pathname;
    [FieldOffset(8)] public uint bpf_fd;
    [FieldOffset(12)] public uint file_flags;
    [FieldOffset(16)] public int path_fd;
}

[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct ProgAttachAttr
{
    [FieldOffset(0)] public uint target_fd;
    [FieldOffset(4)] public uint attach_bpf_fd;
    [FieldOffset(8)] public uint attach_type;
    [FieldOffset(12)] public uint attach_flags;
    [FieldOffset(16)] public uint replace_bpf_fd;
    [FieldOffset(20)] public uint relative_fd;
    [FieldOffset(24)] public ulong expected_revision;
}

[StructLayout(LayoutKind.Explicit, Size = 80)]
internal unsafe struct ProgTestRunAttr
{
    [FieldOffset(0)] public uint prog_fd;
    [FieldOffset(4)] public uint retval;
    [FieldOffset(8)] public uint data_size_in;
    [FieldOffset(12)] public uint data_size_out;
    [FieldOffset(16)] public void* data_in;
    [FieldOffset(24)] public void* data_out;
    [FieldOffset(32)] public uint repeat;
    [FieldOffset(36)] public uint duration;
    [FieldOffset(40)] public uint ctx_size_in;
    [FieldOffset(44)] public uint ctx_size_out;
    [FieldOffset(48)] public void* ctx_in;
    [FieldOffset(56)] public void* ctx_out;
    [FieldOffset(64)] public uint flags;
    [FieldOffset(68)] public uint cpu;
    [FieldOffset(72)] public uint batch_size;
}

[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct GetIdAttr
{
    [FieldOffset(0)] public uint start_id;
    [FieldOffset(4)] public uint next_id;
    [FieldOffset(8)] public uint open_flags;
}

[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct ObjectInfoAttr
{
    [FieldOffset(0)] public uint bpf_fd;
    [FieldOffset(4)] public uint info_len;
    [FieldOffset(8)] public void* info;
}

[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct ProgQueryAttr
{
    [FieldOffset(0)] public uint target_fd;
    [FieldOffset(4)] public uint attach_type;
    [FieldOffset(8)] public uint query_flags;
    [FieldOffset(12)] public uint attach_flags;
    [FieldOffset(16)] public uint* prog_ids;
    [FieldOffset(24)] public uint prog_cnt;
    [FieldOffset(32)] public uint* prog_attach_flags;
    [FieldOffset(40)] public uint* link_ids;
    [FieldOffset(48)] public uint* link_attach_flags;
    [FieldOffset(56)] public ulong revision;
}

[StructLayout(LayoutKind.Explicit, Size = 24)]
internal unsafe struct RawTracepointAttr
{
    [FieldOffset(0)] public byte* name;
    [FieldOffset(8)] public uint prog_fd;
    [FieldOffset(16)] public ulong cookie;
}

[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct BtfLoadAttr
{
    [FieldOffset(0)] public void* btf;
    [FieldOffset(8)] public byte* btf_log_buf;
    [FieldOffset(16)] public uint btf_size;
    [FieldOffset(20)] public uint btf_log_size;
    [FieldOffset(24)] public uint btf_log_level;
    [FieldOffset(28)] public uint btf_log_true_size;
    [FieldOffset(32)] public uint btf_flags;
    [FieldOffset(36)] public int btf_token_fd;
}

[StructLayout(LayoutKind.Explicit, Size = 48)]
internal unsafe struct TaskFdQueryAttr
{
    [FieldOffset(0)] public uint pid;
    [FieldOffset(4)] public uint fd;
    [FieldOffset(8)] public uint flags;
    [FieldOffset(12)] public uint buf_len;
    [FieldOffset(16)] public byte* buf;
    [FieldOffset(24)] public uint prog_id;
    [FieldOffset(28)] public uint fd_type;
    [FieldOffset(32)] public ulong probe_offset;
    [FieldOffset(40)] public ulong probe_addr;
}

[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct LinkCreateAttr
{
    [FieldOffset(0)] public uint prog_fd;
    [FieldOffset(0)] public uint map_fd;
    [FieldOffset(4)] public uint target_fd;
    [FieldOffset(8)] public uint attach_type;
    [FieldOffset(12)] public uint flags;
    [FieldOffset(16)] public uint target_btf_id;
    [FieldOffset(16)] public void* iter_info;
    [FieldOffset(24)] public uint iter_info_len;
    [FieldOffset(16)] public ulong perf_event_bpf_cookie;
    [FieldOffset(16)] public uint tracing_target_btf_id;
    [FieldOffset(24)] public ulong tracing_cookie;
    [FieldOffset(16)] public uint netfilter_pf;
    [FieldOffset(20)] public uint netfilter_hooknum;
    [FieldOffset(24)] public int netfilter_priority;
    [FieldOffset(28)] public uint netfilter_flags;
    [FieldOffset(16)] public uint tcx_relative_fd;
    [FieldOffset(24)] public ulong tcx_expected_revision;
}

[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct LinkUpdateAttr
{
    [FieldOffset(0)] public uint link_fd;
    [FieldOffset(4)] public uint new_prog_fd;
    [FieldOffset(8)] public uint flags;
    [FieldOffset(12)] public uint old_prog_fd;
}

[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct LinkDetachAttr
{
    [FieldOffset(0)] public uint link_fd;
}

[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct EnableStatsAttr
{
    [FieldOffset(0)] public uint type;
}

[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct IterCreateAttr
{
    [FieldOffset(0)] public uint link_fd;
    [FieldOffset(4)] public uint flags;
}

[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct ProgBindMapAttr
{
    [FieldOffset(0)] public uint prog_fd;
    [FieldOffset(4)] public uint map_fd;
    [FieldOffset(8)] public uint flags;
}
