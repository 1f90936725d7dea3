#include "verify.h"

SEC("raw_tp/sys_enter") int not_submitted(void *ctx)
{
	__u64 *event = bpf_ringbuf_reserve(&events, 8, 0);

	if (!event)
		return 0;
	*event = 1;
	return 0;
} /* refused here: EINVAL */

SEC("raw_tp/sys_enter") int not_submitted_on_one_path(void *ctx)
{
	__u64 pid = bpf_get_current_pid_tgid(), *event = bpf_ringbuf_reserve(&events, 8, 0);

	if (!event)
		return 0;
	*event = pid;
	if (pid & 1)
		bpf_ringbuf_submit(event, 0);
	return 0;
} /* refused here: EINVAL */

SEC("tc") int socket_not_released(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);

	return sk ? 1 : 0; /* refused here: EINVAL */
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

SEC("tc") int tail_call_with_a_socket(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return 0;
	bpf_tail_call(skb, &programs, 0); /* refused here: EINVAL */
	bpf_sk_release(sk);
	return 0;
}

SEC("tc") int released_without_being_acquired(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	bpf_sk_release(sk); /* refused here: EINVAL */
	return 0;
}
