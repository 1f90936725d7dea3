// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that a trace is tried on: what they return, call, print and change is known. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} blocked SEC(".maps");

/* The destination port of a UDP packet; 0 for others. */
static __noinline int port_of(struct xdp_md *ctx, __u32 salt)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return 0;
	/* The compiler passes no argument that is not used. */
	asm volatile("" : : "r"(salt));
	return bpf_ntohs(udp->dest);
}

/* Drops the port that blocked holds, sends back 7, prints of 9, and writes a byte of what passes. */
SEC("xdp")
int traced_xdp(struct xdp_md *ctx)
{
	__u32 port = port_of(ctx, 3), zero = 0, *drop = bpf_map_lookup_elem(&blocked, &zero);
	__u64 value = port + 1;
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if (!port)
		return XDP_PASS;
	bpf_map_update_elem(&ports, &port, &value, BPF_ANY);
	if (drop && port == *drop)
		return XDP_DROP;
	if (port == 7)
		return XDP_TX;
	if (port == 9)
		bpf_printk("traced port %d", port);
	if ((void *)(ip + 1) <= end)
		ip->tos = 4;
	return XDP_PASS;
}

SEC("xdp")
int other_xdp(struct xdp_md *ctx)
{
	__u32 port = port_of(ctx, 5);
	__u64 value = 1;

	bpf_map_update_elem(&ports, &port, &value, BPF_ANY);
	if (port == 9)
		bpf_printk("other port %d", port);
	return XDP_PASS;
}

SEC("tc")
int traced_tc(struct __sk_buff *skb)
{
	__u64 value = skb->len;
	__u32 key = skb->mark + 1000;

	bpf_map_update_elem(&ports, &key, &value, BPF_ANY);
	skb->mark = 77;
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_UNSPEC;
	return skb->len > 200 ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("raw_tp/sys_enter")
int traced_raw(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[1] & 1;
}

SEC("fentry/do_nanosleep")
int traced_fentry(void *ctx)
{
	(void)ctx;
	return 0;
}

struct numbers {
	__u64 first;
};

SEC("syscall")
int traced_syscall(struct numbers *ctx)
{
	return ctx->first + 1;
}
