// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them at load.

int kill_exit(struct trace_event_raw_sys_exit *ctx)
{
    u32 key;
    struct event *value;
    u32 v;
    u64 ret;

    ret = (u64)ctx->ret;
    key = bpf_get_current_pid_tgid();
    value = bpf_map_lookup_elem(&values, &key);
    if (!value) {
        return 0;
    }
    v = failed_only;
    if ((s64)(s32)ret < 0 || v == 0) {
        value->ret = ret;
        bpf_perf_event_output(ctx, &events, 0xffffffff, value, 32);
    }
    bpf_map_delete_elem(&values, &key);
    return 0;
}
