// SPDX-License-Identifier: Apache-2.0
/* Programs whose code depends on the object alone. */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
} counts SEC(".maps");

extern int LINUX_KERNEL_VERSION __kconfig;

const volatile int limit = 5;
int seen;

struct own {
	int number;
};

static __noinline int deepest(int n)
{
	return n * limit + 7;
}

static __noinline int deep(int n)
{
	return deepest(n + 1) ^ n;
}

static __noinline int left(int n)
{
	return deep(n) + 3;
}

static __noinline int other(int n)
{
	return n * 3 + seen;
}

static __noinline int right(int n)
{
	return other(n) - 1;
}

__noinline int shared(int n)
{
	return left(n) + right(n);
}

static long each(__u32 index, void *context)
{
	return deepest(index) & 1;
}

SEC("socket")
int nested(struct __sk_buff *skb)
{
	return left(skb->len) + right(skb->mark) + shared(skb->hash);
}

SEC("socket")
int maps(struct __sk_buff *skb)
{
	int key = skb->len & 3;
	long *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		++*count;
	seen += LINUX_KERNEL_VERSION > 5;
	bpf_loop(4, each, 0, 0);
	return right(key);
}

SEC("socket")
int local_type(struct __sk_buff *skb)
{
	return bpf_core_type_id_local(struct own);
}

char LICENSE[] SEC("license") = "GPL";
