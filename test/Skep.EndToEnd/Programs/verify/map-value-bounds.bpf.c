#include "verify.h"

SEC("socket") int one_too_far(void *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&array, &key); /* from here */

	if (!value)
		return 0;
	return *(volatile __u64 *)&value->slots[7]; /* refused here: EACCES */
}

SEC("socket") int before_the_value(void *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&array, &key);

	if (!value)
		return 0;
	return *((volatile __u64 *)value - 1); /* refused here: EACCES */
}

SEC("tc") int index_without_bound(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&array, &key);

	if (!value)
		return 0;
	return value->slots[skb->hash]; /* refused here: EACCES */
}

SEC("tc") int index_by_less_or_equal(struct __sk_buff *skb)
{
	__u32 key = 0, index = skb->hash;
	struct value *value = bpf_map_lookup_elem(&array, &key);

	if (!value || index > 8)
		return 0;
	return value->slots[index]; /* refused here: EACCES */
}

SEC("tc") int signed_index(struct __sk_buff *skb)
{
	__u32 key = 0;
	long index = (int)skb->mark;
	struct value *value = bpf_map_lookup_elem(&array, &key);
	__u8 *slot = (void *)value;

	if (!value || index > 6)
		return 0;
	if (index < -1)
		return 0;
	asm volatile("%0 += %1" : "+r"(slot) : "r"(index));
	return *slot; /* refused here: EACCES */
}

SEC("raw_tp/sys_enter") int helper_writes_past_the_value(void *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&array, &key);

	if (!value)
		return 0;
	bpf_get_current_comm(value, sizeof(*value) + 8); /* refused here: EACCES */
	return 0;
}

SEC("tc") int length_without_bound(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&array, &key);

	if (!value)
		return 0;
	return bpf_skb_load_bytes(skb, 0, value, skb->hash | 1); /* refused here: EACCES */
}

SEC("tc") int signed_length(struct __sk_buff *skb)
{
	__u32 key = 0;
	int length = skb->mark;
	struct value *value = bpf_map_lookup_elem(&array, &key);

	if (!value || length > 64)
		return 0;
	return bpf_probe_read_kernel(value, length, skb); /* refused here: EACCES */
}

static __u64 table[16];

SEC("tc") int global_variable(struct __sk_buff *skb)
{
	return table[skb->hash & 31]++; /* refused here: EACCES */
}
