namespace Skep.Analysis.Explain;

/// <summary>
/// What kernel functions are for that programs may call (those that Linux 6.18 to 7.3 register by <c>BTF_KFUNCS_START</c>). The longest
/// beginning counts.
/// </summary>
public static class KfuncTable
{
    private static readonly (string Beginning, string Capability)[] Families =
    [
        ("bpf_obj_", "kernel-objects"), ("bpf_percpu_obj_", "kernel-objects"), ("bpf_refcount_acquire", "kernel-objects"),
        ("bpf_wakeup_sources_", "kernel-objects"),
        ("bpf_list_", "kernel-objects"), ("bpf_rbtree_", "kernel-objects"), ("bpf_get_kmem_cache", "kernel-objects"),
        ("bpf_map_sum_elem_count", "map"),
        ("bpf_task_", "process"), ("bpf_task_get_cgroup1", "cgroup"), ("bpf_task_under_cgroup", "cgroup"), ("bpf_cgroup_", "cgroup"),
        ("bpf_get_mem_cgroup", "cgroup"), ("bpf_get_root_mem_cgroup", "cgroup"), ("bpf_put_mem_cgroup", "cgroup"),
        ("bpf_mem_cgroup_", "cgroup"),
        ("cgroup_rstat_", "cgroup"), ("css_rstat_", "cgroup"),
        ("bpf_cpumask_", "cpu"), ("bpf_iter_", "control"), ("bpf_throw", "control"), ("bpf_rcu_read_", "synchronization"),
        ("bpf_preempt_", "synchronization"),
        ("bpf_local_irq_", "synchronization"), ("bpf_res_spin_", "synchronization"), ("bpf_dynptr_", "dynptr"),
        ("bpf_dynptr_from_skb", "packet"), ("bpf_dynptr_from_xdp", "packet"),
        ("bpf_xdp_metadata_", "packet"), ("bpf_xdp_get_xfrm_state", "tunnel"), ("bpf_xdp_xfrm_state_release", "tunnel"),
        ("bpf_xdp_pull_data", "packet"), ("bpf_skb_ct_", "connection-tracking"),
        ("bpf_xdp_ct_", "connection-tracking"), ("bpf_ct_", "connection-tracking"), ("bpf_xdp_flow_lookup", "connection-tracking"),
        ("bpf_skb_get_", "tunnel"), ("bpf_skb_set_", "tunnel-write"),
        ("bpf_skb_get_fou_encap", "tunnel"), ("bpf_copy_from_user_", "user-memory"), ("bpf_probe_read_user_", "user-memory"),
        ("bpf_probe_read_kernel_", "kernel-memory"),
        ("bpf_rdonly_cast", "kernel-memory"), ("bpf_cast_to_kern_ctx", "kernel-memory"), ("bpf_send_signal_task", "signal"),
        ("bpf_get_file_xattr", "files"), ("bpf_get_dentry_xattr", "files"),
        ("bpf_set_dentry_xattr", "files-write"), ("bpf_remove_dentry_xattr", "files-write"), ("bpf_cgroup_read_xattr", "cgroup"),
        ("bpf_path_d_path", "files"), ("bpf_get_task_exe_file", "files"),
        ("bpf_put_file", "files"), ("bpf_get_fsverity_digest", "files"), ("bpf_crypto_", "cryptography"), ("bpf_key_put", "signatures"),
        ("bpf_lookup_", "signatures"),
        ("bpf_verify_pkcs7_signature", "signatures"), ("bpf_sock_destroy", "socket-write"), ("bpf_sock_addr_set_", "socket-write"),
        ("bpf_sk_assign_tcp_reqsk", "socket-write"),
        ("bpf_sock_ops_enable_tx_tstamp", "socket-write"), ("hid_bpf_", "input-events"),
        ("scx_bpf_", "scheduler"), ("__scx_bpf_", "scheduler"),
        ("bpf_wq_", "timer"), ("bpf_timer_", "timer"), ("bpf_icmp_send", "icmp"), ("bpf_ksock_", "kernel-socket"),
        ("bpf_io_uring_", "io-uring"), ("bpf_sock_read_xattr", "socket"), ("bpf_real_data_inode", "files"), ("__bpf_trap", "control"),
        ("bpf_arena_", "arena"), ("bpf_session_", "target"),
        ("crash_kexec", "crash"), ("bpf_str", "text"), ("bpf_stream_vprintk", "trace-log"), ("bpf_get_cpu_time_counter", "time"),
        ("bpf_cpu_time_counter_to_ns", "time"),
        ("tcp_", "congestion-control"), ("cubictcp_", "congestion-control"), ("dctcp_", "congestion-control"),
        ("bbr_", "congestion-control"), ("bpf_qdisc_", "packet-write"),
        ("bpf_skb_get_hash", "packet"), ("bpf_kfree_skb", "packet-write"), ("bpf_get_all_map_", "map"),
    ];

    /// <summary>What a kernel function is for; <c>kfunc</c> for one that is not known.</summary>
    public static string CapabilityOf(string name)
    {
        (string Beginning, string Capability) best = ("", "kfunc");
        foreach ((string Beginning, string Capability) family in Families)
            if (family.Beginning.Length > best.Beginning.Length && name.StartsWith(family.Beginning, StringComparison.Ordinal))
                best = family;
        return best.Capability;
    }
}
