/* A program for XDP and one for tc, for tools that load objects. */
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))

SEC("xdp") int pass(struct xdp_md *context)
{
	return context ? XDP_PASS : XDP_ABORTED;
}

SEC("tc") int unspec(struct __sk_buff *context)
{
	return context ? -1 : 0;
}

char LICENSE[] SEC("license") = "GPL";
