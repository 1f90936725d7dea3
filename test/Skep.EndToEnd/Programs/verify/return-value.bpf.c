#include "verify.h"

SEC("cgroup/connect4") int two(void *ctx)
{
	return 2; /* refused here: EINVAL */
}

SEC("cgroup/skb") int of_the_packet(struct __sk_buff *skb)
{
	return skb->len; /* refused here: EINVAL */
}

SEC("cgroup/sock_create") int minus_one(void *ctx)
{
	return -1; /* refused here: EINVAL */
}

SEC("cgroup/dev") __naked int pointer(void)
{
	asm volatile("r0 = r1");
	asm volatile("exit"); /* refused here: EINVAL */
}

SEC("sk_lookup") int more_than_pass(void *ctx)
{
	return 2; /* refused here: EINVAL */
}

static long each(void *map, __u32 *key, struct value *value, void *ctx);

SEC("tc") int callback(struct __sk_buff *skb)
{
	return bpf_for_each_map_elem(&values, each, 0, 0);
}

static long each(void *map, __u32 *key, struct value *value, void *ctx)
{
	return 5; /* refused here: EINVAL */
}
