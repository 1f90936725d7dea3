#include "verify.h"

SEC("tc") int index_into_the_stack(struct __sk_buff *skb)
{
	__u8 bytes[16] = {};
	__u32 index = skb->hash;

	bpf_skb_load_bytes(skb, 0, bytes, sizeof(bytes));
	bytes[index] = 1; /* refused here: EACCES */
	return bpf_map_delete_elem(&values, bytes);
}

SEC("tc") int index_one_too_far(struct __sk_buff *skb)
{
	__u8 bytes[16];
	__u32 index = skb->hash & 31;

	bpf_skb_load_bytes(skb, 0, bytes, sizeof(bytes));
	return bytes[index]; /* refused here: EINVAL */
}

SEC("tc") int helper_writes_past_the_variable(struct __sk_buff *skb)
{
	__u8 bytes[16];

	return bpf_skb_load_bytes(skb, 0, bytes, 64); /* refused here: EINVAL */
}

SEC("tc") int length_without_bound(struct __sk_buff *skb)
{
	__u8 bytes[64];

	return bpf_skb_load_bytes(skb, 0, bytes, skb->hash | 1); /* refused here: EACCES */
}

SEC("tc") int signed_length(struct __sk_buff *skb)
{
	__u8 bytes[64];
	int length = skb->mark;

	if (length > 64)
		return 0;
	return bpf_probe_read_kernel(bytes, length, skb); /* refused here: EACCES */
}

SEC("socket") __naked int below_the_stack(void)
{
	asm volatile("*(u64 *)(r10 - 520) = r1"); /* refused here: EACCES */
	asm volatile("r0 = 0");
	asm volatile("exit");
}

SEC("socket") __naked int above_the_frame(void)
{
	asm volatile("r0 = *(u64 *)(r10 + 8)"); /* refused here: EACCES */
	asm volatile("exit");
}

static __noinline int lower(struct __sk_buff *skb)
{
	volatile __u8 bytes[300];

	bpf_skb_load_bytes(skb, 0, (void *)bytes, sizeof(bytes));
	return bytes[skb->len & 255];
}

SEC("tc") /* refused: EACCES */ int two_frames(struct __sk_buff *skb)
{
	volatile __u8 bytes[300];

	bpf_skb_load_bytes(skb, 0, (void *)bytes, sizeof(bytes));
	return lower(skb) + bytes[skb->len & 255];
}
