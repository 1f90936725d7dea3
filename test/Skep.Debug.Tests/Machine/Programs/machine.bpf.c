// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* What compilers make of C: variables, callbacks, functions, switches; run by BPF_PROG_RUN and by the machine. */

struct flow {
	__be32 source, destination;
	__be16 sport, dport;
	__u8 protocol, pad[3];
};

struct counts {
	__u64 packets, bytes;
	__u64 last;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct flow);
	__type(value, struct counts);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} sizes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

const volatile __u32 limit = 40;
const volatile char names[4][8] = { "none", "tcp", "udp", "other" };
__u64 total = 0;
__u32 primes[8] = { 2, 3, 5, 7, 11, 13, 17, 19 };
char last_name[8];

struct walk {
	__u64 sum;
	__u32 steps;
	__u8 bytes[16];
};

static long add_byte(__u32 index, void *context)
{
	struct walk *walk = context;

	walk->sum = walk->sum * 31 + walk->bytes[index & 15] * primes[index & 7];
	walk->steps++;
	return walk->sum % 97 == 5;
}

static long add_size(void *map, const __u32 *key, __u64 *value, void *context)
{
	struct walk *walk = context;

	walk->sum += *value * (*key + 1);
	*value += 1;
	return 0;
}

static long add_seen(void *map, const __u32 *key, __u64 *value, void *context)
{
	struct walk *walk = context;

	walk->sum += *value ^ *key;
	if (*value > 20)
		bpf_map_delete_elem(map, key);
	return 0;
}

static __noinline __u32 mix(__u32 a, __u32 b)
{
	a ^= b >> 3;
	return a * 2654435761u + (a << 7);
}

static __noinline int name_of(__u8 protocol, char *into)
{
	int which = protocol == 6 ? 1 : protocol == 17 ? 2 : protocol ? 3 : 0;

	for (int i = 0; i < 8; i++)
		into[i] = names[which][i];
	return which;
}

SEC("xdp")
int count_flows(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	struct flow key = {};
	struct counts *known, fresh = {};
	char name[8];

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	key.source = ip->saddr & bpf_htonl(3);
	key.destination = ip->daddr & bpf_htonl(3);
	key.protocol = ip->protocol;
	if (ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP) {
		struct udphdr *udp = (void *)(ip + 1);

		if ((void *)(udp + 1) > end)
			return XDP_DROP;
		key.sport = udp->source & bpf_htons(1);
		key.dport = udp->dest & bpf_htons(1);
	}
	name_of(ip->protocol, name);
	__builtin_memcpy(last_name, name, sizeof(name));
	known = bpf_map_lookup_elem(&flows, &key);
	if (!known) {
		fresh.packets = 1;
		fresh.bytes = end - data;
		return bpf_map_update_elem(&flows, &key, &fresh, BPF_NOEXIST) ? XDP_ABORTED : XDP_TX;
	}
	__sync_fetch_and_add(&known->packets, 1);
	known->bytes += end - data;
	known->last = mix(known->last, ip->check);
	if (known->packets > limit) {
		bpf_map_delete_elem(&flows, &key);
		return XDP_DROP;
	}
	total += known->bytes % primes[known->packets & 7];
	return XDP_PASS;
}

SEC("xdp")
int walk_all(struct xdp_md *ctx)
{
	struct walk walk = {};
	__u32 key;
	__u64 value, *old;

	if (bpf_xdp_load_bytes(ctx, 0, walk.bytes, sizeof(walk.bytes)))
		return XDP_ABORTED;
	bpf_loop(walk.bytes[0] & 63, add_byte, &walk, 0);
	key = walk.sum & 15;
	value = walk.sum % 32;
	bpf_map_update_elem(&seen, &key, &value, BPF_ANY);
	old = bpf_map_lookup_elem(&sizes, &key);
	if (old)
		__sync_fetch_and_add(old, value);
	bpf_for_each_map_elem(&sizes, add_size, &walk, 0);
	bpf_for_each_map_elem(&seen, add_seen, &walk, 0);
	total = walk.sum + (bpf_get_smp_processor_id() < 4096);
	switch (walk.bytes[1] & 7) {
	case 0:
		return mix(walk.sum, walk.steps);
	case 1:
		return walk.steps;
	case 2:
		return walk.bytes[2] / (walk.bytes[3] & 15);
	case 3:
		return (__s8)walk.bytes[2] >> 3;
	case 4:
		return bpf_strncmp((char *)walk.bytes + 4, 4, "udp");
	default:
		return walk.sum >> 32;
	}
}

int second(struct xdp_md *ctx);
int third(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} steps SEC(".maps") = { .values = { [1] = (void *)&second, [3] = (void *)&third } };

SEC("xdp")
int first(struct xdp_md *ctx)
{
	__u8 byte = 0;

	bpf_xdp_load_bytes(ctx, 3, &byte, 1);
	total++;
	bpf_tail_call(ctx, &steps, byte & 3);
	return 100;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	__u8 byte = 0;

	bpf_xdp_load_bytes(ctx, 4, &byte, 1);
	bpf_tail_call(ctx, &steps, byte & 7);
	return 200 + byte;
}

SEC("xdp")
int third(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_tail(ctx, -3) + 300;
}

SEC("tc")
int rewrite(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	__be32 from, to;

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	from = ip->saddr;
	to = from ^ bpf_htonl(limit);
	bpf_l3_csum_replace(skb, ETH_HLEN + __builtin_offsetof(struct iphdr, check), from, to, 4);
	bpf_l4_csum_replace(skb, ETH_HLEN + sizeof(*ip) + 6, from, to, BPF_F_PSEUDO_HDR | 4);
	bpf_skb_store_bytes(skb, ETH_HLEN + __builtin_offsetof(struct iphdr, saddr), &to, sizeof(to), 0);
	skb->mark = mix(from, to);
	skb->cb[1] = bpf_csum_diff(&from, 4, &to, 4, 0);
	return skb->len & 7;
}

SEC("tc")
int mark_all(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u64 sum = skb->len + skb->protocol * 3 + skb->ifindex * 5 + skb->pkt_type * 7 + skb->priority + skb->vlan_present +
		    skb->vlan_tci + skb->hash + skb->queue_mapping + skb->ingress_ifindex + skb->tc_classid;

	for (int i = 0; i < 5; i++)
		skb->cb[i] = sum * (i + 1);
	skb->mark = sum ^ skb->cb[3];
	skb->priority = skb->mark >> 4;
	skb->tc_index = sum;
	skb->queue_mapping = sum & 15;
	skb->tc_classid = skb->tc_index + 1;
	skb->tstamp = sum << 33;
	if (data + 20 <= end)
		*(__u16 *)(data + 16) ^= skb->tc_classid + skb->queue_mapping + (skb->tstamp >> 33);
	total += skb->mark + skb->cb[4] + skb->tc_index;
	return skb->mark & 7;
}

unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");

SEC("socket")
int guess_protocol(struct __sk_buff *skb)
{
	__u64 word = load_word(skb, skb->len & 63), half = load_half(skb, 6);

	total += word * 31 + half;
	return word ^ half ^ load_half(skb, -0x200000 + 12);
}

char LICENSE[] SEC("license") = "GPL";
