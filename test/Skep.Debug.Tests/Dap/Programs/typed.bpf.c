// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct flow {
	__u32 address, port;
};

struct counts {
	__u64 packets;
	__u32 pair[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, struct flow);
	__type(value, struct counts);
} flows SEC(".maps");

int last;

SEC("xdp")
int count(struct xdp_md *ctx)
{
	struct flow flow = { .address = 0x0100000a, .port = 53 };
	struct counts counts = { .packets = 1, .pair = { 1, 2 } };

	last = 7;
	bpf_map_update_elem(&flows, &flow, &counts, BPF_ANY);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
