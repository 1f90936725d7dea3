#include "verify.h"

SEC("socket") __naked int stack(void)
{
	asm volatile("r1 = 0");
	asm volatile("*(u64 *)(r10 - 12) = r1"); /* refused here: EACCES */
	asm volatile("r0 = 0");
	asm volatile("exit");
}

SEC("socket") __naked int half_of_the_stack(void)
{
	asm volatile("r1 = 0");
	asm volatile("*(u64 *)(r10 - 8) = r1");
	asm volatile("r0 = *(u32 *)(r10 - 7)"); /* refused here: EACCES */
	asm volatile("exit");
}

SEC("socket") int atomic_in_a_value(void *ctx)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key);

	if (!value)
		return 0;
	asm volatile("lock *(u64 *)(%0 + 4) += %1" : : "r"(value), "r"(1ull) : "memory"); /* refused here: EACCES */
	return 0;
}

SEC("socket") int small_atomic_in_a_value(void *ctx)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key);

	if (!value)
		return 0;
	asm volatile("lock *(u32 *)(%0 + 2) += %1" : : "r"(value), "r"(1) : "memory"); /* refused here: EACCES */
	return 0;
}
