using System.Collections.Frozen;

namespace Skep.Analysis.Analyze;

/// <summary>
/// All helpers of Linux 6.18 (<c>___BPF_FUNC_MAPPER</c> of include/uapi/linux/bpf.h): the roles of their arguments and their results
/// (<c>struct bpf_func_proto</c> of each).
/// </summary>
public static class HelperTable
{
    // See HelperSignature.Parse; names are without bpf_, and a helper without a result that is named returns a long.
    private const string Rows = """
        map_lookup_elem map mk returns:value* variable:value
        map_update_elem map-write mkvn
        map_delete_elem map-write mk
        map_push_elem map-write mvn
        map_pop_elem map-write mV
        map_peek_elem map mV
        map_lookup_percpu_elem map mkn returns:value* variable:value
        for_each_map_elem map mfpn
        kptr_xchg map-write xo returns:void*
        spin_lock synchronization x
        spin_unlock synchronization x
        timer_init timer xmn
        timer_set_callback timer xf
        timer_start timer xnn
        timer_cancel timer x
        sk_storage_get map-write monn returns:value* variable:storage
        sk_storage_delete map-write mo
        inode_storage_get map-write monn returns:value*
        inode_storage_delete map-write mo
        task_storage_get map-write monn returns:value* variable:storage
        task_storage_delete map-write mo
        cgrp_storage_get map-write monn returns:value*
        cgrp_storage_delete map-write mo
        get_local_storage map mn returns:value*
        sock_map_update socket-redirect cmkn
        sock_hash_update socket-redirect cmkn
        loop control nfpn
        tail_call tail-call cmn map:prog_array
        probe_read kernel-memory wsK
        probe_read_str kernel-memory wsK
        probe_read_kernel kernel-memory wsK
        probe_read_kernel_str kernel-memory wsK
        kallsyms_lookup_name kernel-addresses rsn8
        get_task_stack stack-trace owsn
        probe_read_user user-memory wsU
        probe_read_user_str user-memory wsU
        copy_from_user user-memory wsU
        copy_from_user_task user-memory wsUon
        probe_write_user user-memory-write urs
        override_return override-return cn
        get_retval return-value
        set_retval return-value-write n
        get_func_ret return-value c8
        send_signal signal n
        send_signal_thread signal n
        ktime_get_ns time returns:u64 variable:now
        ktime_get_boot_ns time returns:u64 variable:now
        ktime_get_coarse_ns time returns:u64 variable:now
        ktime_get_tai_ns time returns:u64
        jiffies64 time returns:u64
        get_prandom_u32 random returns:u32 variable:random
        get_smp_processor_id cpu returns:u32 variable:cpu
        get_numa_node_id cpu
        get_current_pid_tgid process returns:u64 variable:pid_tgid
        get_ns_current_pid_tgid process nnws
        get_current_uid_gid process returns:u64 variable:uid_gid
        get_current_comm process ws
        get_current_task process returns:u64/task_struct variable:task
        get_current_task_btf process returns:task_struct* variable:task
        task_pt_regs process o returns:long/pt_regs
        current_task_under_cgroup cgroup mn map:cgroup_array
        get_current_cgroup_id cgroup returns:u64 variable:cgroup_id
        get_current_ancestor_cgroup_id cgroup n returns:u64
        get_cgroup_classid cgroup c returns:u32
        skb_cgroup_classid cgroup c returns:u64
        skb_cgroup_id cgroup c returns:u64
        skb_ancestor_cgroup_id cgroup cn returns:u64
        skb_under_cgroup cgroup cmn map:cgroup_array
        sk_cgroup_id cgroup o returns:u64
        sk_ancestor_cgroup_id cgroup on returns:u64
        find_vma process onfpn
        get_func_ip target c returns:u64 variable:ip
        get_func_arg target cn8
        get_func_arg_cnt target c
        get_attach_cookie target c returns:u64
        trace_printk trace-log rs
        trace_vprintk trace-log rsrs
        snprintf text wsrrs
        snprintf_btf text wsrsn
        seq_printf iterator-output orsrs
        seq_write iterator-output ors
        seq_printf_btf iterator-output orsn
        strtol text rsn8
        strtoul text rsn8
        strncmp text rsr
        perf_event_output output cmnrs map:perf_event_array
        skb_output output omnrs map:perf_event_array
        xdp_output output omnrs map:perf_event_array
        ringbuf_output output mrsn map:ringbuf
        ringbuf_reserve output msn returns:record* variable:record map:ringbuf
        ringbuf_submit output Rn
        ringbuf_discard output Rn
        ringbuf_query output mn returns:u64 map:ringbuf
        ringbuf_reserve_dynptr output mnnD map:ringbuf
        ringbuf_submit_dynptr output dn
        ringbuf_discard_dynptr output dn
        user_ringbuf_drain input mfpn map:user_ringbuf
        get_stackid stack-trace cmn variable:stack_id map:stack_trace
        get_stack stack-trace cwsn
        perf_event_read perf-counters mn returns:u64 map:perf_event_array
        perf_event_read_value perf-counters mnws map:perf_event_array
        perf_prog_read_value perf-counters cws
        read_branch_records branch-records cwsn
        get_branch_snapshot branch-records wsn
        dynptr_from_mem dynptr bsnD
        dynptr_read dynptr wsdnn
        dynptr_write dynptr dnrsn
        dynptr_data dynptr dnn returns:void*
        per_cpu_ptr kernel-memory on returns:argument*
        this_cpu_ptr kernel-memory o returns:argument*
        btf_find_by_name_kind system-call rsnn
        sys_bpf system-call nbs
        sys_close system-call n
        d_path files ows
        ima_inode_hash files ows
        ima_file_hash files ows
        bprm_opts_set process-write on
        sock_from_file socket o returns:socket*
        skb_load_bytes packet cnws
        skb_load_bytes_relative packet cnwsn
        xdp_load_bytes packet cnws
        xdp_get_buff_len packet c returns:u64
        skb_store_bytes packet-write cnrsn
        xdp_store_bytes packet-write cnrs
        l3_csum_replace packet-write cnnnn
        l4_csum_replace packet-write cnnnn
        csum_diff checksum rsrsn
        csum_update packet-write cn
        csum_level packet-write cn
        skb_vlan_push packet-write cnn
        skb_vlan_pop packet-write c
        skb_change_proto packet-write cnn
        skb_change_type packet-write cn
        skb_change_tail packet-write cnn
        skb_change_head packet-write cnn
        skb_adjust_room packet-write cnnn
        skb_pull_data packet cn
        skb_ecn_set_ce packet-write c
        skb_set_tstamp packet-write cnn
        xdp_adjust_head packet-write cn
        xdp_adjust_tail packet-write cn
        xdp_adjust_meta packet-metadata cn
        lwt_push_encap packet-write cnrs
        lwt_seg6_store_bytes packet-write cnrs
        lwt_seg6_adjust_srh packet-write cnn
        lwt_seg6_action packet-write cnrs
        msg_pull_data packet cnnn
        msg_push_data packet-write cnnn
        msg_pop_data packet-write cnnn
        msg_apply_bytes packet-verdict cn
        msg_cork_bytes packet-verdict cn
        skb_get_tunnel_key tunnel cwsn
        skb_set_tunnel_key tunnel-write crsn
        skb_get_tunnel_opt tunnel cws
        skb_set_tunnel_opt tunnel-write crs
        skb_get_xfrm_state tunnel cnwsn
        clone_redirect packet-redirect cnn
        redirect packet-redirect nn
        redirect_map packet-redirect mnn
        redirect_neigh packet-redirect nrsn
        redirect_peer packet-redirect nn
        sk_redirect_map socket-redirect cmnn
        sk_redirect_hash socket-redirect cmkn
        msg_redirect_map socket-redirect cmnn
        msg_redirect_hash socket-redirect cmkn
        sk_select_reuseport socket-redirect cmkn
        sk_assign socket-redirect con
        fib_lookup routes cbsn
        check_mtu routes cn4nn
        get_route_realm routes c returns:u32
        get_hash_recalc packet c returns:u32
        set_hash packet-metadata cn
        set_hash_invalid packet-metadata c
        get_socket_cookie socket c returns:u64 variable:cookie
        get_socket_uid socket c returns:u32
        get_netns_cookie socket c returns:u64
        setsockopt socket-write cnnrs
        getsockopt socket cnnws
        bind socket-write crs
        sock_ops_cb_flags_set socket-write cn
        load_hdr_opt packet cwsn
        store_hdr_opt packet-write crsn
        reserve_hdr_opt packet-write cnn
        sk_lookup_tcp socket crsnn returns:bpf_sock*
        sk_lookup_udp socket crsnn returns:bpf_sock*
        skc_lookup_tcp socket crsnn returns:bpf_sock*
        sk_release socket o
        sk_fullsock socket o returns:bpf_sock*
        tcp_sock socket o returns:bpf_tcp_sock*
        get_listener_sock socket o returns:bpf_sock*
        skc_to_tcp6_sock socket o returns:tcp6_sock*
        skc_to_tcp_sock socket o returns:tcp_sock*
        skc_to_tcp_timewait_sock socket o returns:tcp_timewait_sock*
        skc_to_tcp_request_sock socket o returns:tcp_request_sock*
        skc_to_udp6_sock socket o returns:udp6_sock*
        skc_to_unix_sock socket o returns:unix_sock*
        skc_to_mptcp_sock socket o returns:mptcp_sock*
        tcp_send_ack socket-write on
        tcp_check_syncookie socket orsrs
        tcp_gen_syncookie socket orsrs
        tcp_raw_gen_syncookie_ipv4 socket rrs
        tcp_raw_gen_syncookie_ipv6 socket rrs
        tcp_raw_check_syncookie_ipv4 socket rr
        tcp_raw_check_syncookie_ipv6 socket rr
        sysctl_get_name sysctl cwsn
        sysctl_get_current_value sysctl cws
        sysctl_get_new_value sysctl cws
        sysctl_set_new_value sysctl-write crs
        rc_repeat input-events c
        rc_keydown input-events cnnn
        rc_pointer_rel input-events cnn
        """;

    private static readonly FrozenDictionary<string, HelperSignature> ByName =
        Rows.Split('\n').Select(HelperSignature.Parse).ToFrozenDictionary(helper => helper.Name, StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public static IEnumerable<HelperSignature> All => ByName.Values;

    /// <summary>A helper by its name, <c>bpf_map_lookup_elem</c>; null for an unknown one.</summary>
    public static HelperSignature? Of(string? name) => name is null ? null : ByName.GetValueOrDefault(name);
}
