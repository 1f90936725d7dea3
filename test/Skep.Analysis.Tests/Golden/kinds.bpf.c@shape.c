int shape(struct __sk_buff *skb)
{
    u8 buf;
    u32 ret;

    buf = 1;
    if (skb->protocol == 8) {
        bpf_skb_store_bytes(skb, 22, &buf, 1, 0);
    }
    ret = 2;
    if (skb->len > 1000) {
        return ret;
    }
    bpf_clone_redirect(skb, 3, 0);
    skb->mark = 5;
    return 0;
}
