#include "verify.h"

SEC("xdp") int helper_of_tracing(struct xdp_md *ctx)
{
	return bpf_get_stackid(ctx, &values, 0); /* refused here: EINVAL */
}

SEC("socket") int redirect(struct __sk_buff *skb)
{
	return bpf_redirect(1, 0); /* refused here: EINVAL */
}

static long (*no_such_helper)(void) = (void *)4711;

SEC("socket") int unknown_number(void *ctx)
{
	return no_such_helper(); /* refused here: EINVAL */
}

SEC("raw_tp/sys_enter") int packet_of_a_tracepoint(void *ctx)
{
	__u32 bytes;

	return bpf_skb_load_bytes(ctx, 0, &bytes, 4); /* refused here: EINVAL */
}

SEC("xdp") int load_byte(struct xdp_md *ctx)
{
	asm volatile("r6 = %0; r0 = *(u8 *)skb[0]" : : "r"(ctx) : "r0", "r1", "r2", "r3", "r4", "r5", "r6"); /* refused here: EINVAL */
	return XDP_PASS;
}

SEC("kprobe/do_nanosleep") int override_without_permission(void *ctx)
{
	return bpf_override_return(ctx, -1); /* refused here: EINVAL */
}
