int migrate_misplaced_page_exit(void)
{
    u32 key;
    u64 *value;
    u64 now, v;

    key = bpf_get_current_pid_tgid();
    now = bpf_ktime_get_ns();
    value = bpf_map_lookup_elem(&start, &key);
    if (!value) {
        return 0;
    }
    v = now - *value;
    if ((s64)v >= 0) {
        atomic_fetch_add(&latency, v / 0xf4240);
        atomic_fetch_add(&num, 1);
    }
    bpf_map_delete_elem(&start, &key);
    return 0;
}
