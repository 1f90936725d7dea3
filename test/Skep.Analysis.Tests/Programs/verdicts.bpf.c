// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What programs return by ways that are not a plain number in a register: each name says how. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} chosen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} next SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static __attribute__((noinline)) int picked(int a, __u32 x)
{
	if (x == 3)
		a = 2;
	return a;
}

SEC("xdp")
int argument(struct xdp_md *ctx)
{
	return picked(1, ctx->ingress_ifindex);
}

SEC("xdp")
int argument_in_record(struct xdp_md *ctx)
{
	struct { __u32 verdict; } *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return XDP_PASS;
	event->verdict = picked(7, ctx->ingress_ifindex);
	bpf_ringbuf_submit(event, 0);
	return XDP_PASS;
}

SEC("tc")
int shifted(struct __sk_buff *skb)
{
	return skb->len > 9 ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc")
int not_shifted(struct __sk_buff *skb)
{
	return skb->len > 9 ? TC_ACT_PIPE : TC_ACT_OK;
}

static __attribute__((noinline)) void set(int *verdict, __u32 x)
{
	if (x > 40)
		*verdict = XDP_DROP;
}

SEC("xdp")
int by_pointer(struct xdp_md *ctx)
{
	int verdict = XDP_PASS;

	set(&verdict, ctx->ingress_ifindex);
	return verdict;
}

SEC("xdp")
int on_stack(struct xdp_md *ctx)
{
	volatile int verdict = XDP_PASS;

	if (ctx->ingress_ifindex > 40)
		verdict = XDP_TX;
	return verdict;
}

SEC("xdp")
int of_map(struct xdp_md *ctx)
{
	__u32 zero = 0, *value = bpf_map_lookup_elem(&chosen, &zero);

	return value ? *value : XDP_PASS;
}

SEC("xdp")
int of_map_masked(struct xdp_md *ctx)
{
	__u32 zero = 0, *value = bpf_map_lookup_elem(&chosen, &zero);

	return value && *value == 4 ? *value : XDP_PASS;
}

static long callback(__u32 index, int *verdict)
{
	if (index == 2)
		*verdict = XDP_DROP;
	return 0;
}

SEC("xdp")
int by_callback(struct xdp_md *ctx)
{
	int verdict = XDP_PASS;

	bpf_loop(ctx->ingress_ifindex, callback, &verdict, 0);
	return verdict;
}

SEC("xdp")
int redirected(struct xdp_md *ctx)
{
	return bpf_redirect_map(&ports, 1, XDP_PASS);
}

SEC("xdp")
int redirected_or_aborted(struct xdp_md *ctx)
{
	return bpf_redirect_map(&ports, 1, 0);
}

SEC("xdp")
int goes_on(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 0);
	return XDP_PASS;
}

SEC("xdp")
int unknown_action(struct xdp_md *ctx)
{
	return 17;
}

SEC("fmod_ret/security_file_open")
int counted(__u64 *ctx)
{
	__u32 zero = 0, *value = bpf_map_lookup_elem(&chosen, &zero);

	return value ? *value : 0;
}

SEC("fmod_ret/security_file_open")
int passed_on(__u64 *ctx)
{
	return ctx[1];
}

SEC("fmod_ret/security_file_open")
int always_zero(__u64 *ctx)
{
	return 0;
}

SEC("lsm/file_open")
int hook_passed_on(__u64 *ctx)
{
	return ctx[1];
}

SEC("lsm/file_open")
int hook_computed(__u64 *ctx)
{
	__u32 zero = 0, *value = bpf_map_lookup_elem(&chosen, &zero);

	return value ? -(int)*value : 0;
}

SEC("lsm_cgroup/socket_post_create")
int group_denies(__u64 *ctx)
{
	return (__u32)bpf_get_current_uid_gid() != 65534;
}

SEC("lsm_cgroup/socket_post_create")
int group_allows(__u64 *ctx)
{
	return 1;
}

SEC("socket")
int cut(struct __sk_buff *skb)
{
	return skb->len & 0xff;
}

SEC("socket")
int whole(struct __sk_buff *skb)
{
	return (skb->len & 0xff) | 1;
}

SEC("lwt_in")
int tunnel_drops(struct __sk_buff *skb)
{
	return skb->len > 9 ? BPF_DROP : BPF_OK;
}
