#include "verify.h"

SEC("raw_tp/sys_enter") int past_the_reservation(void *ctx)
{
	__u64 *event = bpf_ringbuf_reserve(&events, 16, 0); /* from here */

	if (!event)
		return 0;
	*(volatile __u64 *)(event + 2) = 1; /* refused here: EACCES */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tc") int index_into_the_reservation(struct __sk_buff *skb)
{
	__u32 index = skb->hash;
	__u8 *event = bpf_ringbuf_reserve(&events, 16, 0);

	if (!event)
		return 0;
	event[index] = 1; /* refused here: EACCES */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tc") int length_into_the_reservation(struct __sk_buff *skb)
{
	__u32 length = skb->len;
	__u8 *event = bpf_ringbuf_reserve(&events, 64, 0);

	if (!event)
		return 0;
	bpf_skb_load_bytes(skb, 0, event, length | 1); /* refused here: EACCES */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp.w/sys_enter") int writable_buffer_before_its_begin(void *ctx)
{
	__u64 *buffer = *(__u64 **)ctx;

	return *(volatile __u64 *)(buffer - 1); /* refused here: EACCES */
}

SEC("tc") int empty_read(struct __sk_buff *skb)
{
	__u8 bytes[8];

	return bpf_skb_load_bytes(skb, 0, bytes, 0); /* refused here: EACCES */
}

SEC("tc") int may_be_an_empty_read(struct __sk_buff *skb)
{
	__u8 bytes[8];
	__u32 length = skb->len;

	if (length > sizeof(bytes))
		return 0;
	return bpf_skb_load_bytes(skb, 0, bytes, length); /* refused here: EACCES */
}

SEC("flow_dissector") int past_the_flow_keys(struct __sk_buff *skb)
{
	return *(volatile __u32 *)((char *)skb->flow_keys + sizeof(struct bpf_flow_keys)); /* refused here: EACCES */
}

SEC("raw_tp/sys_enter") int past_the_argument(void *ctx)
{
	extern int second(__u64 *one);
	__u64 one = 1;

	return second(&one);
}

__noinline int second(__u64 *one)
{
	return one ? *(volatile __u64 *)(one + 1) : 0; /* refused here: EACCES */
}
