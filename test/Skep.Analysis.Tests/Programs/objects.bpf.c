// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What newer programs do: dynptrs, objects of their own, iterators of the kernel; and what compilers leave to the linker. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct bpf_iter_num {
	__u64 state;
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size) __ksym;
extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

struct node {
	long key;
	long weight;
};

struct report {
	__u32 pid;
	__u32 done;
	__u64 when;
};

__u64 first;
char second[16];
int third;

SEC("lsm/file_open")
int by_variable(void *ctx)
{
	return first == 5 ? -1 : third;
}

SEC("tc")
int third_char(struct __sk_buff *skb)
{
	return second[3];
}

SEC("raw_tp/sys_enter")
int one_line(void *ctx)
{
	struct report *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32; e->done = 1; e->when = bpf_ktime_get_ns();
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("raw_tp/sys_enter")
int prints(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();

	bpf_printk("%d at 100%% of %llu", (int)(id >> 32), bpf_ktime_get_ns());
	bpf_printk("nothing");
	return 0;
}

SEC("tc")
int writes_by_dynptr(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	__u8 mac[6] = { 1, 2, 3, 4, 5, 6 };

	if (bpf_dynptr_from_skb(skb, 0, &ptr))
		return 0;
	bpf_dynptr_write(&ptr, 6, mac, sizeof(mac), 0);
	return 0;
}

/* There the dynptr of a packet is read-only. */
SEC("cgroup_skb/egress")
int cannot_write(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	__u8 mac[6] = { 1, 2, 3, 4, 5, 6 };

	if (bpf_dynptr_from_skb(skb, 0, &ptr))
		return 1;
	bpf_dynptr_write(&ptr, 6, mac, sizeof(mac), 0);
	return 1;
}

SEC("xdp")
int writes_by_slice(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	char buffer[sizeof(struct ethhdr)];
	struct ethhdr *eth;

	if (bpf_dynptr_from_xdp(xdp, 0, &ptr))
		return XDP_PASS;
	eth = bpf_dynptr_slice_rdwr(&ptr, 0, buffer, sizeof(buffer));
	if (!eth)
		return XDP_PASS;
	eth->h_source[0] = 0x42;
	return XDP_PASS;
}

SEC("tc")
int own_object(struct __sk_buff *skb)
{
	struct node *n = bpf_obj_new_impl(1, 0);

	if (!n)
		return 0;
	n->key = skb->len;
	bpf_obj_drop_impl(n, 0);
	return 0;
}

SEC("raw_tp/sys_enter")
int counts(void *ctx)
{
	struct bpf_iter_num it;
	int *v, sum = 0;

	bpf_iter_num_new(&it, 0, 10);
	while ((v = bpf_iter_num_next(&it)))
		sum += *v;
	bpf_iter_num_destroy(&it);
	third = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int by_data(void *ctx)
{
	struct bpf_dynptr ptr;
	struct report *e;

	if (bpf_ringbuf_reserve_dynptr(&ring, sizeof(*e), 0, &ptr) == 0) {
		e = bpf_dynptr_data(&ptr, 0, sizeof(*e));
		if (e) {
			e->pid = bpf_get_current_pid_tgid() >> 32;
			e->when = bpf_ktime_get_ns();
		}
	}
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("struct_ops/pick")
int pick(__u64 *ctx)
{
	return ctx[1] > 5 ? (int)ctx[0] : 0;
}

char LICENSE[] SEC("license") = "GPL";
