#include "verify.h"
#include <linux/if_ether.h>
#include <linux/ip.h>

SEC("xdp") int no_check(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data; /* from here */

	return eth->h_proto == 8 ? XDP_PASS : XDP_DROP; /* refused here: EACCES */
}

SEC("xdp") int one_byte_short(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if (data + sizeof(struct ethhdr) + sizeof(*ip) - 1 > end)
		return XDP_PASS;
	return *(volatile __u32 *)&ip->daddr ? XDP_PASS : XDP_DROP; /* refused here: EACCES */
}

SEC("tc") int length_of_the_packet(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > end)
		return 0;
	return *((__u8 *)ip + ip->ihl * 4); /* refused here: EACCES */
}

SEC("tc") int pulled_and_not_compared(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 34 > end)
		return 0;
	bpf_skb_pull_data(skb, 64);
	return data[12]; /* refused here: EACCES */
}

SEC("xdp") int head_moved(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return XDP_PASS;
	if (bpf_xdp_adjust_head(ctx, -14))
		return XDP_DROP;
	data[0] = 1; /* refused here: EACCES */
	return XDP_TX;
}

SEC("xdp") int negative_offset(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return XDP_PASS;
	return *(volatile __u8 *)(data - 2) ? XDP_PASS : XDP_DROP; /* refused here: EACCES */
}

SEC("xdp") int wrong_branch(struct xdp_md *ctx)
{
	volatile __u8 *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	if ((void *)data + 14 < end)
		return XDP_PASS;
	return data[13] ? XDP_PASS : XDP_DROP; /* refused here: EACCES */
}

SEC("tc") int key_in_the_packet(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 3 > end)
		return 0;
	return bpf_map_lookup_elem(&values, data) ? 1 : 0; /* refused here: EACCES */
}

SEC("tc") int signed_offset(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	long offset = (int)skb->mark;
	__u8 *at = data;

	if (offset > 64 || offset < -64)
		return 0;
	asm volatile("%0 += %1" : "+r"(at) : "r"(offset));
	if ((void *)at + 1 > end)
		return 0;
	return *at; /* refused here: EACCES */
}

SEC("tc") int stored_bytes_and_copied_pointer(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end, zero = 0;

	if (data + 14 > end)
		return 0;
	bpf_skb_store_bytes(skb, 0, &zero, 1, 0);
	return bpf_map_lookup_elem(&values, data) ? 1 : 0; /* refused here: EACCES */
}
