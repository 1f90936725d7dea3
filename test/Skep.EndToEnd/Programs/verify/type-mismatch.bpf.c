#include "verify.h"

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct value);
} sockets SEC(".maps");

SEC("tc") int number_as_address(struct __sk_buff *skb)
{
	__u64 address = (__u64)skb->hash + 1; /* from here */

	return *(volatile __u8 *)address; /* refused here: EACCES */
}

SEC("raw_tp/sys_enter") int argument_of_a_tracepoint(__u64 *ctx)
{
	struct { __u64 words[16]; } *regs = (void *)ctx[0]; /* from here */

	return *(volatile __u64 *)&regs->words[3]; /* refused here: EACCES */
}

SEC("socket") int number_as_key(struct __sk_buff *skb)
{
	__u32 key = skb->mark; /* from here */

	return bpf_map_lookup_elem(&values, (void *)(long)key) ? 1 : 0; /* refused here: EACCES */
}

SEC("socket") int value_as_map(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key); /* from here */

	if (!value)
		return 0;
	return bpf_map_delete_elem(value, &key); /* refused here: EACCES */
}

SEC("tc") int context_as_memory(struct __sk_buff *skb)
{
	return bpf_csum_diff(0, 0, (void *)skb, 8, 0); /* refused here: EACCES */
}

SEC("tc") int value_as_context(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key); /* from here */

	if (!value)
		return 0;
	return bpf_skb_pull_data(value, 0); /* refused here: EACCES */
}

SEC("tc") int stack_as_reservation(struct __sk_buff *skb)
{
	__u64 event = 1;

	bpf_ringbuf_submit(&event, 0); /* refused here: EACCES */
	return 0;
}

SEC("tc") int storage_of_a_number(struct __sk_buff *skb)
{
	void *value = bpf_sk_storage_get(&sockets, (void *)(long)skb->hash, 0, 0); /* refused here: EACCES */

	return value ? 1 : 0;
}

SEC("tc") int size_that_varies(struct __sk_buff *skb)
{
	__u64 *event = bpf_ringbuf_reserve(&events, skb->len, 0); /* refused here: EACCES or EINVAL */

	if (event)
		bpf_ringbuf_discard(event, 0);
	return 0;
}
