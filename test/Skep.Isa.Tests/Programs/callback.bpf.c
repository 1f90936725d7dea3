// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A callback, a global function, a static function, global data of all kinds, a map and a tail call. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

__u64 total;
volatile const __u32 limit = 7;
__u32 initial = 3;

static long add(__u32 index, void *ctx)
{
	__u32 key = index & 3;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		*count += limit;
	__sync_fetch_and_add(&total, 1);
	return index > *(__u32 *)ctx;
}

static __attribute__((noinline)) int twice(int value)
{
	return value * 2 + initial;
}

__attribute__((noinline)) int global(struct __sk_buff *skb, int value)
{
	return twice(value) - skb->len;
}

SEC("socket")
int entry(struct __sk_buff *skb)
{
	__u32 until = skb->len;

	bpf_loop(100, add, &until, 0);
	bpf_printk("total %d on %d", total, bpf_get_smp_processor_id());
	if (skb->len > 100)
		bpf_tail_call(skb, &next, 1);
	return global(skb, twice(until));
}

char LICENSE[] SEC("license") = "GPL";
