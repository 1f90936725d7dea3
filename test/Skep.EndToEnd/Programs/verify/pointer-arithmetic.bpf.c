#include "verify.h"

SEC("tc") int sum_of_pointers(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&array, &key), *other = value;

	if (!value)
		return 0;
	asm volatile("%0 += %1" : "+r"(value) : "r"(other)); /* refused here: EACCES */
	return *(__u8 *)value;
}

SEC("tc") int mask_of_a_pointer(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key); /* from here */

	if (!value)
		return 0;
	asm volatile("%0 &= -8" : "+r"(value)); /* refused here: EACCES */
	return *(__u8 *)value;
}

SEC("tc") int product_of_a_pointer(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key); /* from here */

	if (!value)
		return 0;
	asm volatile("%0 *= 8" : "+r"(value)); /* refused here: EACCES */
	return *(__u8 *)value;
}

SEC("socket") __naked int half_of_a_pointer(void)
{
	asm volatile("r2 = r10");
	asm volatile("w2 += 4"); /* refused here: EACCES */
	asm volatile("r0 = 0");
	asm volatile("exit");
}

SEC("tc") int lower_half_as_address(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key); /* from here */

	if (!value)
		return 0;
	asm volatile("w1 = w0; r0 = *(u64 *)(r1 + 0)" : : "r"(value) : "r0", "r1"); /* refused here: EACCES */
	return 0;
}

SEC("tc") int number_minus_pointer(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key);
	__u64 number = 4096;

	if (!value)
		return 0;
	asm volatile("%0 -= %1" : "+r"(number) : "r"(value)); /* refused here: EACCES */
	return *(__u8 *)number;
}

SEC("xdp") int end_of_the_packet(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end; /* from here */

	asm volatile("%0 += -4" : "+r"(end)); /* refused here: EACCES */
	return *(__u8 *)end;
}

SEC("socket") __naked int map_as_memory(void)
{
	asm volatile("r1 = %[map] ll" : : [map] "i"(&values));
	asm volatile("r1 += 8"); /* refused here: EACCES */
	asm volatile("r0 = 0");
	asm volatile("exit");
}

SEC("tc") int far_away(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key);

	if (!value)
		return 0;
	asm volatile("%0 += 1073741824" : "+r"(value)); /* refused here: EINVAL */
	return *(__u8 *)value;
}

SEC("tc") int unbounded_number(struct __sk_buff *skb)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key);
	__u64 number = bpf_ktime_get_ns();

	if (!value || (__s64)number > 4)
		return 0;
	asm volatile("%0 += %1" : "+r"(value) : "r"(number)); /* refused here: EINVAL */
	return *(__u8 *)value;
}
