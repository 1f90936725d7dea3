#include "verify.h"

SEC("socket") __naked int returned(void)
{
	asm volatile("r0 = r1");
	asm volatile("exit"); /* refused here: EACCES */
}

SEC("socket") int stored_in_a_value(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&values, &key);

	if (value)
		*value = (__u64)ctx; /* refused here: EACCES */
	return 0;
}

SEC("socket") int stored_by_a_helper(void *ctx)
{
	__u32 key = 0;
	struct value value = { .count = (__u64)ctx };

	return bpf_map_update_elem(&values, &key, &value, 0); /* refused here: EACCES */
}

SEC("socket") __naked int compared(void)
{
	asm volatile("r0 = 0");
	asm volatile("if r1 > r10 goto +0"); /* refused here: EACCES */
	asm volatile("exit");
}

SEC("socket") __naked int added_to_a_value(void)
{
	asm volatile("*(u64 *)(r10 - 8) = r1");
	asm volatile("r2 = 7");
	asm volatile("*(u32 *)(r10 - 8) = r2"); /* refused here: EACCES */
	asm volatile("r0 = 0");
	asm volatile("exit");
}
