int direct_reclaim_end(u64 *ctx)
{
    u32 key;
    u8 buf[48];
    struct piddata *value;
    u64 argument_1, pid_tgid, now, v;

    argument_1 = ctx[0];
    pid_tgid = bpf_get_current_pid_tgid();
    *(u64 *)(buf + 40) = 0;
    *(u64 *)(buf + 32) = 0;
    *(u64 *)(buf + 24) = 0;
    *(u64 *)(buf + 16) = 0;
    *(u64 *)(buf + 8) = 0;
    *(u64 *)buf = 0;
    key = pid_tgid;
    if (((u32)targ_tgid != 0 && (u32)targ_tgid != pid_tgid >> 32) || ((u32)targ_pid != 0 && (u32)targ_pid != (u32)pid_tgid)) {
        return 0;
    }
    value = bpf_map_lookup_elem(&start, &key);
    if (!value) {
        return 0;
    }
    now = bpf_ktime_get_ns();
    v = now - value->ts;
    if ((s64)v >= 0) {
        *(u32 *)(buf + 40) = key;
        *(u64 *)(buf + 24) = argument_1;
        *(u64 *)(buf + 16) = v;
        *(u64 *)(buf + 32) = value->nr_free_pages;
        bpf_get_current_comm(buf, 16);
        bpf_perf_event_output(ctx, &events, 0xffffffff, buf, 48);
    }
    bpf_map_delete_elem(&start, &key);
    return 0;
}
