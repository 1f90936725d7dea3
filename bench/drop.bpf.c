// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Drops all packets: what bench/filter.sh compares filters with.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

__attribute__((section("xdp"), used)) int drop_xdp(struct xdp_md *context)
{
	(void)context;
	return XDP_DROP;
}

__attribute__((section("tc"), used)) int drop_tc(struct __sk_buff *packet)
{
	(void)packet;
	return TC_ACT_SHOT;
}
