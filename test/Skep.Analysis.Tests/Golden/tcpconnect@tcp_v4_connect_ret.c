// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them at load.

int tcp_v4_connect_ret(struct pt_regs *ctx)
{
    u16 buf;
    u16 buf2;
    u32 key;
    u8 buf3[72];
    struct sock **value;
    struct sock *p;
    u64 *value2;
    u32 v, filter_ports_len2, v3;
    u64 ax, pid_tgid, i, v2, ret;

    ax = ctx->ax;
    pid_tgid = bpf_get_current_pid_tgid();
    key = pid_tgid;
    buf2 = 0;
    value = bpf_map_lookup_elem(&sockets, &key);
    if (!value) {
        return 0;
    }
    if ((u32)ax == 0) {
        p = *value;
        if (source_port != 0) {
            bpf_probe_read_kernel(&buf2, 2, &p->__sk_common.skc_num);
        }
        bpf_probe_read_kernel(&buf, 2, &p->__sk_common.skc_portpair);
        v = buf;
        if ((u32)filter_ports_len != 0) {
            if ((s64)filter_ports_len < 1) {
                goto L160;
            }
            i = 0;
            v2 = (u64)&filter_ports;
            while (*(u32 *)v2 != v) {
                filter_ports_len2 = (u32)filter_ports_len;
                if (i > 62) {
                    goto L160;
                }
                i++;
                v2 += 4;
                if ((s64)i >= (s64)(s32)filter_ports_len2) {
                    goto L160;
                }
            }
        }
        v3 = buf2;
        if (do_count != 0) {
            *(u32 *)(buf3 + 8) = 0;
            *(u64 *)buf3 = 0;
            bpf_probe_read_kernel(buf3, 4, &p->__sk_common.skc_rcv_saddr);
            bpf_probe_read_kernel(buf3 + 4, 4, p);
            *(u16 *)(buf3 + 10) = v;
            *(u16 *)(buf3 + 8) = v3;
            value2 = bpf_map_lookup_elem(&ipv4_count, buf3);
            if (!value2) {
                ret = bpf_map_update_elem(&ipv4_count, buf3, &count_v4_zero, 1);
                if (ret != 0 && ret != -17) {
                    goto L160;
                }
                value2 = bpf_map_lookup_elem(&ipv4_count, buf3);
                if (!value2) {
                    goto L160;
                }
            }
            atomic_fetch_add(value2, 1);
        } else {
            *(u64 *)(buf3 + 56) = 0;
            *(u64 *)(buf3 + 64) = 0;
            *(u64 *)(buf3 + 48) = 0;
            *(u64 *)(buf3 + 40) = 0;
            *(u64 *)(buf3 + 32) = 0;
            *(u64 *)(buf3 + 24) = 0;
            *(u64 *)(buf3 + 16) = 0;
            *(u64 *)(buf3 + 8) = 0;
            *(u64 *)buf3 = 0;
            *(u32 *)(buf3 + 60) = pid_tgid >> 32;
            *(u32 *)(buf3 + 56) = 2;
            *(u32 *)(buf3 + 64) = bpf_get_current_uid_gid();
            *(u64 *)(buf3 + 48) = bpf_ktime_get_ns() / 1000;
            bpf_probe_read_kernel(buf3, 4, &p->__sk_common.skc_rcv_saddr);
            bpf_probe_read_kernel(buf3 + 16, 4, p);
            *(u16 *)(buf3 + 70) = v;
            *(u16 *)(buf3 + 68) = v3;
            bpf_get_current_comm(buf3 + 32, 16);
            bpf_perf_event_output(ctx, &events, 0xffffffff, buf3, 72);
        }
    }
L160:
    bpf_map_delete_elem(&sockets, &key);
    return 0;
}
