// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them at load.

int open_file(u64 *ctx)
{
    u32 buf;
    u64 buf2;
    u8 buf3[16];
    struct file *file;
    struct task_struct *task;
    u32 ret;

    file = (void *)ctx[0];
    *(u64 *)(buf3 + 8) = 0;
    *(u64 *)buf3 = 0;
    task = (void *)bpf_get_current_task();
    bpf_probe_read_kernel(&buf2, 8, file);
    bpf_probe_read_kernel(buf3, 8, (void *)buf2);
    bpf_probe_read_kernel(&buf2, 8, task);
    bpf_probe_read_kernel(&buf, 4, (void *)(buf2 + 8));
    *(u32 *)(buf3 + 8) = buf;
    bpf_ringbuf_output(&ring, buf3, 16, 0);
    ret = 0xffffffff;
    if (*(u64 *)buf3 == 2) {
        return ret;
    }
    return 0;
}
