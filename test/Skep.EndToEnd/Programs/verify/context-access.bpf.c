#include "verify.h"

SEC("tc") int past_the_context(struct __sk_buff *skb)
{
	return *(volatile __u32 *)((char *)skb + sizeof(*skb)); /* refused here: EACCES */
}

SEC("socket") int packet_of_a_socket_filter(struct __sk_buff *skb)
{
	return skb->data ? 1 : 0; /* refused here: EACCES */
}

SEC("tc") int size_of_a_field(struct __sk_buff *skb)
{
	return *(volatile __u64 *)&skb->mark; /* refused here: EACCES */
}

SEC("tc") int middle_of_a_field(struct __sk_buff *skb)
{
	return *(volatile __u16 *)((char *)&skb->mark + 1); /* refused here: EACCES */
}

SEC("tc") int field_that_varies(struct __sk_buff *skb)
{
	__u64 index = skb->len & 4;
	struct __sk_buff *at = skb;

	asm volatile("%0 += %1" : "+r"(at) : "r"(index));
	return *(volatile __u32 *)&at->mark; /* refused here: EACCES */
}

SEC("raw_tp/sys_enter") int write_to_a_tracepoint(__u64 *ctx)
{
	*(volatile __u64 *)ctx = 0; /* refused here: EACCES */
	return 0;
}

SEC("xdp") int write_to_the_packets_end(struct xdp_md *ctx)
{
	*(volatile __u32 *)&ctx->data_end = 0; /* refused here: EACCES */
	return XDP_PASS;
}

SEC("kprobe/do_nanosleep") int past_the_registers(void *ctx)
{
	return *(volatile __u64 *)((char *)ctx + 21 * 8); /* refused here: EACCES */
}

SEC("tc") int before_the_context(struct __sk_buff *skb)
{
	return *(volatile __u32 *)((char *)skb - 4); /* refused here: EACCES */
}

SEC("tracepoint/syscalls/sys_enter_execve") int far_behind_a_record(void *ctx)
{
	return *(volatile __u64 *)((char *)ctx + 8192); /* refused here: EACCES */
}

SEC("tc") int field_of_a_full_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk ? sk->priority : 0; /* refused here: EACCES */
}

SEC("tc") int atomic_on_the_context(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&skb->mark, 1); /* refused here: EACCES */
	return 0;
}
