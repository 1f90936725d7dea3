int bounce(struct xdp_md *ctx)
{
    void *data;
    u32 v;
    u64 ret;

    ret = 1;
    data = (void *)ctx->data;
    if ((u64)(data + 14) > ctx->data_end) {
        return ret;
    }
    v = (u32)*(u8 *)(data + 13) << 8 | *(u8 *)(data + 12);
    if (v != 8) {
        ret = 2;
        if (v != 1544) {
            return ret;
        }
        ret = bpf_redirect_map(&ports, 1, 2);
    } else {
        *(u8 *)(data + 6) = 2;
        ret = 3;
    }
    return ret;
}
