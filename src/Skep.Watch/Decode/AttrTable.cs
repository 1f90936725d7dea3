using Skep.Bpf;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>A field of <c>union bpf_attr</c>.</summary>
/// <param name="Name">include/uapi/linux/bpf.h's name.</param>
/// <param name="Offset">Bytes from the start.</param>
/// <param name="Size">4 or 8 bytes; 16 for an object's name.</param>
/// <param name="Kind">How it is shown.</param>
/// <param name="IsOutput">Whether the kernel writes it: it is read when the call is over.</param>
internal readonly record struct AttrSlot(string Name, ushort Offset, byte Size, AttrKind Kind, bool IsOutput = false)
{
    public int End => Offset + Size;
}

/// <summary>The attributes of each command, as of Linux 6.18 (include/uapi/linux/bpf.h).</summary>
internal static class AttrTable
{
    private static readonly AttrSlot[] Element =
    [
        Fd("map_fd", 0), Address("key", 8), Address("value", 16), Wide("flags", 24),
    ];

    private static readonly AttrSlot[] NextKey = [Fd("map_fd", 0), Address("key", 8), Address("next_key", 16)];

    private static readonly AttrSlot[] Batch =
    [
        Address("in_batch", 0), Address("out_batch", 8), Address("keys", 16), Address("values", 24), Out("count", 32),
        Fd("map_fd", 36), Wide("elem_flags", 40), Wide("flags", 48),
    ];

    private static readonly AttrSlot[] MapCreate =
    [
        Number("map_type", 0), Number("key_size", 4), Number("value_size", 8), Number("max_entries", 12), Number("map_flags", 16),
        Fd("inner_map_fd", 20), Number("numa_node", 24), Name("map_name", 28), Number("map_ifindex", 44), Fd("btf_fd", 48),
        Number("btf_key_type_id", 52), Number("btf_value_type_id", 56), Number("btf_vmlinux_value_type_id", 60), Wide("map_extra", 64),
        Fd("value_type_btf_obj_fd", 72), Fd("map_token_fd", 76), Address("excl_prog_hash", 80), Number("excl_prog_hash_size", 88),
    ];

    private static readonly AttrSlot[] ProgLoad =
    [
        Number("prog_type", 0), Number("insn_cnt", 4), Address("insns", 8), Address("license", 16), Number("log_level", 24),
        Number("log_size", 28), Address("log_buf", 32), Number("kern_version", 40), Number("prog_flags", 44), Name("prog_name", 48),
        Number("prog_ifindex", 64), Number("expected_attach_type", 68), Fd("prog_btf_fd", 72), Number("func_info_rec_size", 76),
        Address("func_info", 80), Number("func_info_cnt", 88), Number("line_info_rec_size", 92), Address("line_info", 96),
        Number("line_info_cnt", 104), Number("attach_btf_id", 108), Fd("attach_prog_fd", 112), Number("core_relo_cnt", 116),
        Address("fd_array", 120), Address("core_relos", 128), Number("core_relo_rec_size", 136), Out("log_true_size", 140),
        Fd("prog_token_fd", 144), Number("fd_array_cnt", 148), Address("signature", 152), Number("signature_size", 160), Fd("keyring_id", 164),
    ];

    private static readonly AttrSlot[] Object = [Address("pathname", 0), Fd("bpf_fd", 8), Number("file_flags", 12), Fd("path_fd", 16)];

    private static readonly AttrSlot[] Attach =
    [
        Fd("target_fd", 0), Fd("attach_bpf_fd", 4), Number("attach_type", 8), Number("attach_flags", 12), Fd("replace_bpf_fd", 16),
        Fd("relative_fd", 20), Wide("expected_revision", 24),
    ];

    private static readonly AttrSlot[] TestRun =
    [
        Fd("prog_fd", 0), Out("retval", 4), Number("data_size_in", 8), Out("data_size_out", 12), Address("data_in", 16),
        Address("data_out", 24), Number("repeat", 32), Out("duration", 36), Number("ctx_size_in", 40), Out("ctx_size_out", 44),
        Address("ctx_in", 48), Address("ctx_out", 56), Number("flags", 64), Number("cpu", 68), Number("batch_size", 72),
    ];

    private static readonly AttrSlot[] NextId = [Number("start_id", 0), Out("next_id", 4)];

    private static readonly AttrSlot[] Query =
    [
        Fd("target_fd", 0), Number("attach_type", 4), Number("query_flags", 8), Out("attach_flags", 12), Address("prog_ids", 16), Out("prog_cnt", 24),
        Address("prog_attach_flags", 32), Address("link_ids", 40), Address("link_attach_flags", 48), Out64("revision", 56),
    ];

    private static readonly AttrSlot[] BtfLoad =
    [
        Address("btf", 0), Address("btf_log_buf", 8), Number("btf_size", 16), Number("btf_log_size", 20), Number("btf_log_level", 24),
        Out("btf_log_true_size", 28), Number("btf_flags", 32), Fd("btf_token_fd", 36),
    ];

    private static readonly AttrSlot[] TaskFdQuery =
    [
        Number("pid", 0), Fd("fd", 4), Number("flags", 8), Out("buf_len", 12), Address("buf", 16), Out("prog_id", 24), Out("fd_type", 28),
        Out64("probe_offset", 32), OutAddress("probe_addr", 40),
    ];

    private static readonly AttrSlot[] LinkUpdate = [Fd("link_fd", 0), Fd("new_prog_fd", 4), Number("flags", 8), Fd("old_prog_fd", 12)];

    /// <summary>The fields of a command; empty for one that is not known.</summary>
    public static ReadOnlySpan<AttrSlot> Of(BpfCommand command, uint attachType) => command switch
    {
        BpfCommand.MapCreate => MapCreate,
        BpfCommand.MapLookupElem or BpfCommand.MapUpdateElem or BpfCommand.MapDeleteElem or BpfCommand.MapLookupAndDeleteElem => Element,
        BpfCommand.MapGetNextKey => NextKey,
        BpfCommand.ProgLoad => ProgLoad,
        BpfCommand.ObjPin or BpfCommand.ObjGet => Object,
        BpfCommand.ProgAttach or BpfCommand.ProgDetach => Attach,
        BpfCommand.ProgTestRun => TestRun,
        BpfCommand.ProgGetNextId or BpfCommand.MapGetNextId or BpfCommand.BtfGetNextId or BpfCommand.LinkGetNextId => NextId,
        BpfCommand.ProgGetFdById => ById("prog_id"),
        BpfCommand.MapGetFdById => ById("map_id"),
        BpfCommand.BtfGetFdById => ById("btf_id"),
        BpfCommand.LinkGetFdById => ById("link_id"),
        BpfCommand.ObjGetInfoByFd => [Fd("bpf_fd", 0), Out("info_len", 4), Address("info", 8)],
        BpfCommand.ProgQuery => Query,
        BpfCommand.RawTracepointOpen => [Address("name", 0), Fd("prog_fd", 8), Wide("cookie", 16)],
        BpfCommand.BtfLoad => BtfLoad,
        BpfCommand.TaskFdQuery => TaskFdQuery,
        BpfCommand.MapFreeze => [Fd("map_fd", 0)],
        BpfCommand.MapLookupBatch or BpfCommand.MapLookupAndDeleteBatch or BpfCommand.MapUpdateBatch or BpfCommand.MapDeleteBatch => Batch,
        BpfCommand.LinkCreate => [.. LinkCreateHead, .. LinkCreateTail((BpfAttachType)attachType)],
        BpfCommand.LinkUpdate => LinkUpdate,
        BpfCommand.EnableStats => [Number("type", 0)],
        BpfCommand.IterCreate => [Fd("link_fd", 0), Number("flags", 4)],
        BpfCommand.LinkDetach => [Fd("link_fd", 0)],
        BpfCommand.ProgBindMap => [Fd("prog_fd", 0), Fd("map_fd", 4), Number("flags", 8)],
        BpfCommand.TokenCreate => [Number("flags", 0), Fd("bpffs_fd", 4)],
        BpfCommand.ProgStreamReadByFd => [Address("stream_buf", 0), Number("stream_buf_len", 8), Number("stream_id", 12), Fd("prog_fd", 16)],
        _ => [],
    };

    private static AttrSlot[] LinkCreateHead => [Fd("prog_fd", 0), Fd("target_fd", 4), Number("attach_type", 8), Number("flags", 12)];

    // The union after the head is by what the link is attached to.
    private static AttrSlot[] LinkCreateTail(BpfAttachType type) => type switch
    {
        BpfAttachType.TraceIter => [Address("iter_info", 16), Number("iter_info_len", 24)],
        BpfAttachType.PerfEvent => [Wide("bpf_cookie", 16)],
        BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession =>
            [Number("kprobe_multi.flags", 16), Number("cnt", 20), Address("syms", 24), Address("addrs", 32), Address("cookies", 40)],
        BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession =>
            [Address("path", 16), Address("offsets", 24), Address("ref_ctr_offsets", 32), Address("cookies", 40), Number("cnt", 48),
             Number("uprobe_multi.flags", 52), Number("pid", 56)],
        BpfAttachType.TraceFentry or BpfAttachType.TraceFexit or BpfAttachType.ModifyReturn or BpfAttachType.LsmMac or BpfAttachType.TraceRawTp =>
            [Number("target_btf_id", 16), Wide("cookie", 24)],
        BpfAttachType.Netfilter => [Number("pf", 16), Number("hooknum", 20), Fd("priority", 24), Number("netfilter.flags", 28)],
        BpfAttachType.TcxIngress or BpfAttachType.TcxEgress or BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer => LinkOrder,
        // 0 is a program that replaces another's function as well: its target is told.
        > BpfAttachType.CgroupInetIngress when type.IsCgroup() => LinkOrder,
        _ => [Number("target_btf_id", 16)],
    };

    private static AttrSlot[] LinkOrder => [Fd("relative_fd", 16), Wide("expected_revision", 24)];

    private static AttrSlot[] ById(string name) => [Number(name, 0), Number("open_flags", 8), Fd("fd_by_id_token_fd", 12)];

    private static AttrSlot Number(string name, ushort at) => new(name, at, 4, AttrKind.Unsigned);

    private static AttrSlot Wide(string name, ushort at) => new(name, at, 8, AttrKind.Unsigned);

    private static AttrSlot Fd(string name, ushort at) => new(name, at, 4, AttrKind.Signed);

    private static AttrSlot Address(string name, ushort at) => new(name, at, 8, AttrKind.Hex);

    private static AttrSlot Name(string name, ushort at) => new(name, at, 16, AttrKind.Text);

    private static AttrSlot Out(string name, ushort at) => new(name, at, 4, AttrKind.Unsigned, IsOutput: true);

    private static AttrSlot Out64(string name, ushort at) => new(name, at, 8, AttrKind.Unsigned, IsOutput: true);

    private static AttrSlot OutAddress(string name, ushort at) => new(name, at, 8, AttrKind.Hex, IsOutput: true);
}
