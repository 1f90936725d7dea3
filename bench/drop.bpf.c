// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The least that a program can do with all packets: what the benchmarks of filters compare with.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

static long (*const bpf_redirect)(__u32 ifindex, __u64 flags) = (void *)23;

__attribute__((section("xdp"), used)) int drop_xdp(struct xdp_md *context)
{
	(void)context;
	return XDP_DROP;
}

__attribute__((section("xdp_tx"), used)) int tx_xdp(struct xdp_md *context)
{
	(void)context;
	return XDP_TX;
}

#ifdef TARGET
__attribute__((section("xdp_redirect"), used)) int redirect_xdp(struct xdp_md *context)
{
	(void)context;
	return bpf_redirect(TARGET, 0);
}
#endif

__attribute__((section("tc"), used)) int drop_tc(struct __sk_buff *packet)
{
	(void)packet;
	return TC_ACT_SHOT;
}
