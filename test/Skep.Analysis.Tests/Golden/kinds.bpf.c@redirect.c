int redirect(struct bpf_sock_addr *ctx)
{
    u32 user_port, ret;

    user_port = ctx->user_port;
    if (user_port == 13568) {
        ctx->user_ip4 = 0x100007f;
    }
    ret = 1;
    if (user_port != 5632) {
        return ret;
    }
    return 0;
}
