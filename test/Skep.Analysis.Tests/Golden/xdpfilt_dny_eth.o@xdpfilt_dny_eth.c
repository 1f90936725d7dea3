int xdpfilt_dny_eth(struct xdp_md *ctx)
{
    struct ethaddr key;
    u32 key2;
    void *data;
    __u64 *value;
    struct xdp_stats_record *value2;
    u32 ret, v;
    u64 v2;

    ret = 0;
    data = (void *)ctx->data;
    v = 0;
    if ((u64)(data + 14) <= ctx->data_end) {
        *(u16 *)&key.addr[4] = (u64)*(u8 *)(data + 5) << 8 | *(u8 *)(data + 4);
        *(u32 *)&key = ((u64)*(u8 *)(data + 3) << 8 | *(u8 *)(data + 2)) << 16 | ((u64)*(u8 *)(data + 1) << 8 | *(u8 *)data);
        value = bpf_map_lookup_elem(&filter_ethernet, &key);
        if (value) {
            v2 = *value;
            if ((v2 & 2) != 0) {
                goto L61;
            }
        }
        *(u16 *)&key.addr[4] = (u64)*(u8 *)(data + 11) << 8 | *(u8 *)(data + 10);
        *(u32 *)&key = ((u64)*(u8 *)(data + 9) << 8 | *(u8 *)(data + 8)) << 16 | ((u64)*(u8 *)(data + 7) << 8 | *(u8 *)(data + 6));
        value = bpf_map_lookup_elem(&filter_ethernet, &key);
        v = 1;
        if (!value) {
            goto L64;
        }
        v2 = *value;
        if ((v2 & 1) == 0) {
            goto L64;
        }
    L61:
        *value = v2 + 64;
        v = 2;
    }
L64:
    key2 = v;
    value2 = bpf_map_lookup_elem(&xdp_stats_map, &key2);
    if (!value2) {
        return ret;
    }
    value2->packets = value2->packets + 1;
    value2->bytes = value2->bytes + (u32)((u64)ctx->data_end - ctx->data);
    return key2;
}
