// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them at load.

int tracepoint__syscalls__sys_enter_open(struct trace_event_raw_sys_enter *ctx)
{
    struct args_t new_value;
    u32 key;
    u64 pid_tgid, uid_gid;

    pid_tgid = bpf_get_current_pid_tgid();
    key = pid_tgid;
    if (((u32)targ_tgid != 0 && (u32)targ_tgid != pid_tgid >> 32) || ((u32)targ_pid != 0 && (u32)targ_pid != (u32)pid_tgid)) {
        return 0;
    }
    if (targ_uid != 0xffffffff) {
        uid_gid = bpf_get_current_uid_gid();
        if (targ_uid != (u32)uid_gid) {
            return 0;
        }
    }
    *(u64 *)&new_value.flags = 0;
    new_value.fname = (void *)ctx->args[0];
    new_value.flags = ctx->args[1];
    bpf_map_update_elem(&start, &key, &new_value, 0);
    return 0;
}
