// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counts packets that the kernel could not send after a program of XDP had decided about them, by program or device, target and error. All
 * of the machine are counted; who reads them knows which are of a table.
 */
#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_lost.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define MAX_PLACES 1024

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct bpf_dtab_netdev {
	struct net_device *dev;
};

struct bpf_xdp_entity {
	struct bpf_xdp_link *link;
};

struct net_device___xdp {
	struct bpf_xdp_entity xdp_state[3];
};

struct bpf_xdp_link___id {
	struct bpf_link link;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_PLACES);
	__type(key, struct skep_lost_key);
	__type(value, __u64);
} lost SEC(".maps");

static __always_inline void count(struct skep_lost_key *key, __u64 packets)
{
	struct skep_lost_key more = { .at = SKEP_LOST_MORE };
	__u64 *counted = bpf_map_lookup_elem(&lost, key);

	if (!counted && bpf_map_update_elem(&lost, key, &packets, BPF_NOEXIST)) {
		/* Another CPU was faster, or there is no room. */
		counted = bpf_map_lookup_elem(&lost, key);
		if (!counted)
			counted = bpf_map_lookup_elem(&lost, &more);
	} else if (!counted) {
		return;
	}
	if (counted)
		*counted += packets;
}

/* Of the driver, of the kernel in generic mode, of the card. */
static __always_inline __u32 link_of(struct net_device *dev)
{
	struct net_device___xdp *xdp = (void *)dev;
	struct bpf_xdp_link___id *link;
	__u32 id = 0;

	for (int mode = 0; mode < 3 && !id; mode++) {
		link = (void *)BPF_CORE_READ(xdp, xdp_state[mode].link);
		if (link)
			id = BPF_CORE_READ(link, link.id);
	}
	return id;
}

SEC("raw_tp/xdp_redirect_err")
int skep_redirect_err(struct bpf_raw_tracepoint_args *ctx)
{
	struct net_device *dev = (void *)ctx->args[0];
	struct bpf_prog *prog = (void *)ctx->args[1];
	struct bpf_dtab_netdev *target = (void *)ctx->args[2];
	__u32 map_type = ctx->args[4];
	struct skep_lost_key key = { .at = SKEP_LOST_REDIRECT };
	struct net_device *to;

	key.program = BPF_CORE_READ(prog, aux, id);
	BPF_CORE_READ_STR_INTO(&key.device, dev, name);
	key.error = (__s32)ctx->args[3];
	key.map_type = map_type;
	key.target = (__u32)ctx->args[6];
	if (target && (map_type == BPF_MAP_TYPE_DEVMAP || map_type == BPF_MAP_TYPE_DEVMAP_HASH)) {
		to = BPF_CORE_READ(target, dev);
		key.target = BPF_CORE_READ(to, ifindex);
		BPF_CORE_READ_STR_INTO(&key.target_name, to, name);
	}
	count(&key, 1);
	return 0;
}

SEC("raw_tp/xdp_devmap_xmit")
int skep_devmap_xmit(struct bpf_raw_tracepoint_args *ctx)
{
	struct net_device *from = (void *)ctx->args[0], *to = (void *)ctx->args[1];
	__s32 drops = (__s32)ctx->args[3];
	struct skep_lost_key key = { .at = SKEP_LOST_TRANSMIT };

	if (drops <= 0)
		return 0;
	key.link = link_of(from);
	BPF_CORE_READ_STR_INTO(&key.device, from, name);
	key.target = BPF_CORE_READ(to, ifindex);
	BPF_CORE_READ_STR_INTO(&key.target_name, to, name);
	key.error = (__s32)ctx->args[4];
	count(&key, drops);
	return 0;
}

SEC("raw_tp/xdp_bulk_tx")
int skep_bulk_tx(struct bpf_raw_tracepoint_args *ctx)
{
	struct net_device *dev = (void *)ctx->args[0];
	__s32 drops = (__s32)ctx->args[2];
	struct skep_lost_key key = { .at = SKEP_LOST_TX };

	if (drops <= 0)
		return 0;
	key.link = link_of(dev);
	BPF_CORE_READ_STR_INTO(&key.device, dev, name);
	key.error = (__s32)ctx->args[3];
	count(&key, drops);
	return 0;
}

/* A redirect that fails is reported by xdp_redirect_err; some drivers report it here once more. */
SEC("raw_tp/xdp_exception")
int skep_exception(struct bpf_raw_tracepoint_args *ctx)
{
	struct net_device *dev = (void *)ctx->args[0];
	struct bpf_prog *prog = (void *)ctx->args[1];
	struct skep_lost_key key = { .at = SKEP_LOST_EXCEPTION };

	if ((__u32)ctx->args[2] != XDP_TX)
		return 0;
	key.program = BPF_CORE_READ(prog, aux, id);
	BPF_CORE_READ_STR_INTO(&key.device, dev, name);
	count(&key, 1);
	return 0;
}

SEC("raw_tp/xdp_cpumap_enqueue")
int skep_cpumap_enqueue(struct bpf_raw_tracepoint_args *ctx)
{
	struct skep_lost_key key = { .at = SKEP_LOST_CPU };
	__u32 drops = (__u32)ctx->args[2];

	if (!drops)
		return 0;
	key.map = (__u32)ctx->args[0];
	key.target = (__u32)ctx->args[3];
	count(&key, drops);
	return 0;
}
