#include "verify.h"

SEC("raw_tp/sys_enter") int written_after_submit(void *ctx)
{
	__u64 *event = bpf_ringbuf_reserve(&events, 8, 0); /* from here */

	if (!event)
		return 0;
	bpf_ringbuf_submit(event, 0);
	*event = 7; /* refused here: EACCES */
	return 0;
}

SEC("raw_tp/sys_enter") int submitted_twice(void *ctx)
{
	__u64 *event = bpf_ringbuf_reserve(&events, 8, 0); /* from here */

	if (!event)
		return 0;
	*event = 7;
	bpf_ringbuf_submit(event, 0);
	bpf_ringbuf_submit(event, 0); /* refused here: EACCES */
	return 0;
}

SEC("tc") int socket_after_release(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0); /* from here */

	if (!sk)
		return 0;
	bpf_sk_release(sk);
	return sk->mark; /* refused here: EACCES */
}

SEC("tc") int full_socket_after_release(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0), *full;

	if (!sk)
		return 0;
	full = bpf_sk_fullsock(sk); /* from here */
	bpf_sk_release(sk);
	return full ? full->mark : 0; /* refused here: EACCES */
}
