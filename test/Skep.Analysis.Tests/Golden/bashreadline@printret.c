// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them at load.

int printret(struct pt_regs *ctx)
{
    u8 buf[16];
    u8 buf2[84];
    u64 ax;

    ax = ctx->ax;
    if (ax == 0) {
        return 0;
    }
    bpf_get_current_comm(buf, 16);
    if (buf[0] != 98 || buf[1] != 97 || buf[2] != 115 || buf[3] != 104 || buf[4] != 0) {
        return 0;
    }
    *(u32 *)buf2 = bpf_get_current_pid_tgid() >> 32;
    bpf_probe_read_user_str(buf2 + 4, 80, (void *)ax);
    bpf_perf_event_output(ctx, &events, 0xffffffff, buf2, 84);
    return 0;
}
