using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Decompile;

/// <summary>What helpers and kernel functions give in C, by their declarations.</summary>
internal static class CallResults
{
    // include/uapi/linux/bpf.h: helpers whose declaration returns a pointer.
    private static readonly HashSet<string> Pointers =
    [
        "bpf_map_lookup_elem", "bpf_map_lookup_percpu_elem", "bpf_get_local_storage", "bpf_sk_lookup_tcp", "bpf_sk_lookup_udp",
        "bpf_skc_lookup_tcp", "bpf_sk_fullsock", "bpf_tcp_sock", "bpf_get_listener_sock", "bpf_sk_storage_get", "bpf_inode_storage_get",
        "bpf_task_storage_get", "bpf_cgrp_storage_get", "bpf_ringbuf_reserve", "bpf_skc_to_tcp6_sock", "bpf_skc_to_tcp_sock",
        "bpf_skc_to_tcp_timewait_sock", "bpf_skc_to_tcp_request_sock", "bpf_skc_to_udp6_sock", "bpf_skc_to_unix_sock",
        "bpf_skc_to_mptcp_sock", "bpf_per_cpu_ptr", "bpf_this_cpu_ptr", "bpf_get_current_task_btf", "bpf_sock_from_file", "bpf_kptr_xchg",
        "bpf_dynptr_data",
    ];

    // Those whose declaration returns __u64.
    private static readonly HashSet<string> Unsigned =
    [
        "bpf_ktime_get_ns", "bpf_get_current_pid_tgid", "bpf_get_current_uid_gid", "bpf_perf_event_read", "bpf_get_current_task",
        "bpf_get_socket_cookie", "bpf_skb_cgroup_id", "bpf_get_current_cgroup_id", "bpf_skb_ancestor_cgroup_id", "bpf_jiffies64",
        "bpf_get_netns_cookie", "bpf_get_current_ancestor_cgroup_id", "bpf_ktime_get_boot_ns", "bpf_sk_cgroup_id",
        "bpf_sk_ancestor_cgroup_id", "bpf_ringbuf_query", "bpf_skb_cgroup_classid", "bpf_ktime_get_coarse_ns", "bpf_get_func_ip",
        "bpf_get_attach_cookie", "bpf_xdp_get_buff_len", "bpf_ktime_get_tai_ns",
    ];

    public static CKind Of(ProgramCode code, CallTarget? target) => target switch
    {
        { Kind: CallTargetKind.Function } => CKind.U64,
        { Kind: CallTargetKind.Helper, Name: { } name } when Pointers.Contains(name) => CKind.Bytes,
        { Kind: CallTargetKind.Helper, Name: { } name } when Unsigned.Contains(name) => CKind.U64,
        { Kind: CallTargetKind.Kfunc, Name: { } name } when Declared(code.Btf, name) ?? Declared(KernelTypes.Btf, name) is true =>
            CKind.Bytes,
        _ => CKind.Result,
    };

    private static bool? Declared(Btf? btf, string name) =>
        btf is not null && btf.TryFind(name, BtfKind.Func, out BtfType function)
            && btf.Resolve(function.TypeId) is { Kind: BtfKind.FuncProto } prototype
            ? prototype.TypeId != 0 && btf.Resolve(prototype.TypeId).Kind == BtfKind.Ptr : null;
}
