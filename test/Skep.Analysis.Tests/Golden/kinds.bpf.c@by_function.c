u64 fill(void *out, u64 id);

int by_function(u64 *ctx)
{
    struct stack_event record;  // type by its size alone
    u32 v;

    record.never = 0;
    record.tid = 0;
    v = (u32)bpf_get_smp_processor_id();
    fill(&record, v);
    bpf_get_current_comm(&record.name, 16);
    record.flag = 1;
    bpf_perf_event_output(ctx, &events, 0xffffffff, &record, 48);
    return 0;
}

u64 fill(void *out, u64 id)
{
    u64 now;

    *(u32 *)out = id;
    now = bpf_ktime_get_ns();
    *(u64 *)(out + 32) = now;
    return now;
}
