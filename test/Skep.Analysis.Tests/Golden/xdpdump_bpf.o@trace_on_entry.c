// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them at load.

int trace_on_entry(u64 *ctx)
{
    u8 buf[20];
    struct xdp_buff *argument_1;
    u32 capture_snaplen, v2, queue_index;
    u64 data, data_end, v;

    argument_1 = (void *)ctx[0];
    data = (u64)argument_1->data;
    data_end = (u64)argument_1->data_end;
    if (data >= data_end || trace_cfg.capture_if_ifindex != *(u32 *)*(u64 *)argument_1->rxq) {
        return 0;
    }
    *(u16 *)(buf + 14) = trace_cfg.capture_prog_index;
    v = data_end - data;
    *(u32 *)buf = *(u32 *)*(u64 *)argument_1->rxq;
    capture_snaplen = trace_cfg.capture_snaplen;
    v2 = v & 65535;
    if (capture_snaplen <= v2) {
        v2 = capture_snaplen;
    }
    queue_index = *(u32 *)((void *)argument_1->rxq + 8);
    *(u16 *)(buf + 8) = v;
    *(u16 *)(buf + 12) = 0;
    *(u32 *)(buf + 16) = 0;
    *(u16 *)(buf + 10) = v2;
    *(u32 *)(buf + 4) = queue_index;
    bpf_xdp_output(argument_1, &xdpdump_perf_map, (u64)v2 << 32 | 0xffffffff, buf, 20);
    return 0;
}
