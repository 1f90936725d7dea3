// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The maps and names of systemd's programs for RestrictNetworkInterfaces= and SocketBindAllow=; the code is only as much as uses them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u8 is_allow_list = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u8);
} sd_restrictif SEC(".maps");

struct rule {
	__u32 address_family;
	__u32 protocol;
	__u16 nr_ports;
	__u16 port_min;
	__u32 action;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, struct rule);
} sd_bind_rules SEC(".maps");

SEC("cgroup_skb/egress")
int sd_restrictif_e(struct __sk_buff *skb)
{
	__u32 index = skb->ifindex;
	__u8 *listed = bpf_map_lookup_elem(&sd_restrictif, &index);

	return is_allow_list ? !!listed : !listed;
}

SEC("cgroup/bind4")
int sd_bind4(struct bpf_sock_addr *ctx)
{
	__u32 first = 0;
	struct rule *rule = bpf_map_lookup_elem(&sd_bind_rules, &first);

	return rule && ctx->user_family == rule->address_family ? rule->action & 1 : 1;
}

char LICENSE[] SEC("license") = "GPL";
