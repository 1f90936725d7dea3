// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The maps and names of systemd's programs whose rules are in maps; the code is only as much as uses them. */
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
};

struct rules {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct rule);
};

struct rules sd_bind_allow SEC(".maps");
struct rules sd_bind_deny SEC(".maps");

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
	struct rule *allow = bpf_map_lookup_elem(&sd_bind_allow, &first);
	struct rule *deny = bpf_map_lookup_elem(&sd_bind_deny, &first);

	return (allow && ctx->user_family == allow->address_family) || !(deny && ctx->user_family == deny->address_family);
}

char LICENSE[] SEC("license") = "GPL";
