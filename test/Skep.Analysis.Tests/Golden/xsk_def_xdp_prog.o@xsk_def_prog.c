int xsk_def_prog(struct xdp_md *ctx)
{
    u64 ret;

    ret = 2;
    if ((u32)refcnt == 0) {
        return ret;
    }
    return bpf_redirect_map(&xsks_map, ctx->rx_queue_index, 2);
}
