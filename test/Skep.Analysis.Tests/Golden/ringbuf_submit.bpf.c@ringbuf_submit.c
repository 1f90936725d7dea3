int ringbuf_submit(struct sys_enter_execve *ctx)
{
    void *record;

    record = bpf_ringbuf_reserve(&ringbuf, 128, 0);
    if (!record) {
        return 0;
    }
    bpf_get_current_comm(record, 16);
    *(u32 *)(record + 16) = bpf_get_current_pid_tgid() >> 32;
    bpf_probe_read_user_str(record + 20, 108, ctx->filename);
    bpf_ringbuf_submit(record, 0);
    return 0;
}
