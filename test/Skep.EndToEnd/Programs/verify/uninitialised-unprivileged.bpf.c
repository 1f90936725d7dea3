/* A caller with CAP_PERFMON may read what nobody wrote, since Linux 6.3. */
#include "verify.h"

SEC("socket") int key_never_written(void *ctx)
{
	__u32 key;

	asm volatile("" : "=m"(key));
	return bpf_map_lookup_elem(&values, &key) ? 1 : 0; /* refused here: EACCES */
}

SEC("socket") __naked int slot_never_written(void)
{
	asm volatile("r0 = *(u64 *)(r10 - 16)"); /* refused here: EACCES */
	asm volatile("exit");
}

SEC("socket") __naked int half_of_a_slot(void)
{
	asm volatile("r1 = 0");
	asm volatile("*(u32 *)(r10 - 8) = r1");
	asm volatile("r0 = *(u64 *)(r10 - 8)"); /* refused here: EACCES */
	asm volatile("exit");
}
