// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One rule, `ip saddr ADDRESS udp dport PORT drop`, as a program written by hand: what a compiled rule is compared with. Without an ADDRESS
// any will do.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct count {
	__u64 packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct count);
} counts SEC(".maps");

static int is_hit(void *data, void *end)
{
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5)
		return 0;
	if (ip->frag_off & bpf_htons(0x1fff) || ip->protocol != IPPROTO_UDP)
		return 0;
#ifdef ADDRESS
	if (ip->saddr != bpf_htonl(ADDRESS))
		return 0;
#endif
	return (void *)(udp + 1) <= end && udp->dest == bpf_htons(PORT);
}

SEC("xdp")
int one_rule(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	__u32 hit = is_hit(data, end);
	struct count *count = bpf_map_lookup_elem(&counts, &hit);

	if (count) {
		count->packets++;
		count->bytes += end - data;
	}
	return hit ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
