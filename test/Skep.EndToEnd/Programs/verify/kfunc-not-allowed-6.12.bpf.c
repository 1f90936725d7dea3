#include "verify.h"

struct sock_common {
	int skc_hash;
} __attribute__((preserve_access_index));

int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
int bpf_sock_destroy(struct sock_common *sock) __ksym;
int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr) __ksym;

SEC("raw_tp/sys_enter") int packet_of_a_tracepoint(void *ctx)
{
	struct bpf_dynptr packet;

	return bpf_dynptr_from_xdp(ctx, 0, &packet); /* refused here: EACCES */
}

SEC("xdp") int buffer_of_a_packet(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;

	return bpf_dynptr_from_skb((void *)ctx, 0, &packet); /* refused here: EACCES */
}

SEC("tc") int end_of_a_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk ? bpf_sock_destroy((void *)sk) : 0; /* refused here: EACCES */
}
