// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them at load.

int handle_set_state(struct trace_event_raw_inet_sock_set_state *ctx)
{
    u8 buf[96];
    u64 new_value;
    u16 key;
    u16 key2;
    u64 key3;
    __u64 *value;
    u32 family, newstate, v3;
    u64 now, v, v2;

    key3 = (u64)ctx->skaddr;
    family = ctx->family;
    key2 = ctx->sport;
    key = ctx->dport;
    *(u64 *)(buf + 88) = 0;
    *(u64 *)(buf + 80) = 0;
    *(u64 *)(buf + 72) = 0;
    *(u64 *)(buf + 64) = 0;
    *(u64 *)(buf + 56) = 0;
    *(u64 *)(buf + 48) = 0;
    *(u64 *)(buf + 40) = 0;
    *(u64 *)(buf + 32) = 0;
    *(u64 *)(buf + 24) = 0;
    *(u64 *)(buf + 16) = 0;
    *(u64 *)(buf + 8) = 0;
    *(u64 *)buf = 0;
    if (ctx->protocol != 6 || ((u16)target_family != 0 && (u64)(s64)target_family != family) || (filter_by_sport != 0 && !bpf_map_lookup_elem(&sports, &key2))) {
        return 0;
    }
    if (filter_by_dport != 0 && !bpf_map_lookup_elem(&dports, &key)) {
        return 0;
    }
    value = bpf_map_lookup_elem(&timestamps, &key3);
    now = bpf_ktime_get_ns();
    v = 0;
    new_value = now;
    if (value) {
        v = (now - *value) / 1000;
    }
    *(u64 *)(buf + 48) = v;
    *(u64 *)(buf + 32) = key3;
    *(u64 *)(buf + 40) = now / 1000;
    *(u32 *)(buf + 56) = bpf_get_current_pid_tgid() >> 32;
    *(u32 *)(buf + 60) = (u32)ctx->oldstate;
    newstate = (u32)ctx->newstate;
    *(u16 *)(buf + 72) = key;
    *(u16 *)(buf + 70) = key2;
    *(u32 *)(buf + 64) = newstate;
    *(u16 *)(buf + 68) = family;
    bpf_get_current_comm(buf + 74, 16);
    v2 = key3;
    if (family == 2) {
        bpf_probe_read_kernel(buf, 16, (void *)(v2 + 4));
        v3 = 0;
    } else {
        bpf_probe_read_kernel(buf, 16, (void *)(v2 + 72));
        v3 = 56;
    }
    bpf_probe_read_kernel(buf + 16, 16, (void *)(key3 + v3));
    bpf_perf_event_output(ctx, &events, 0xffffffff, buf, 96);
    if ((u32)ctx->newstate == 7) {
        bpf_map_delete_elem(&timestamps, &key3);
    } else {
        bpf_map_update_elem(&timestamps, &key3, &new_value, 0);
    }
    return 0;
}
