// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 16);
} counts SEC(".maps");

const volatile __u32 limit = 7;

static __attribute__((noinline)) int over(__u64 *count, __u32 by)
{
	__sync_fetch_and_add(count, by);
	return *count > limit;
}

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u16 *protocol = data + 12;
	__u32 key;

	if (data + 34 > end)
		return XDP_PASS;
	if (*protocol != bpf_htons(0x0800))
		return XDP_DROP;
	key = bpf_ntohl(*(__u32 *)(data + 26));
	__u64 *count = bpf_map_lookup_elem(&counts, &key);
	if (!count)
		return XDP_ABORTED;
	return over(count, 0x12345678) ? XDP_TX : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
