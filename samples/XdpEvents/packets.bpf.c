// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sends a record of each UDP packet to a port through a ring buffer, and lets all packets pass.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 source; // network byte order
	__u32 length; // bytes of the packet
};

// Set by the application before the load.
const volatile __u16 port = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

SEC("xdp")
int packets(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	// Headers without IP options only.
	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5)
		return XDP_PASS;
	if (ip->protocol != IPPROTO_UDP || udp->dest != bpf_htons(port))
		return XDP_PASS;

	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		event->source = ip->saddr;
		event->length = end - data;
		bpf_ringbuf_submit(event, 0);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
