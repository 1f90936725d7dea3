// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

struct kept {
	__u64 number;
	__u32 more;
};

struct per_cpu {
	__u64 seen;
};

/* clang 14 drops the tags of types: the test makes tags of these (TaggedTypes.cs), as __kptr and __percpu_kptr are. */
typedef struct kept kptr;
typedef struct per_cpu percpu_kptr;

struct slot {
	__u64 puts;
	kptr *held;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct slot);
} named SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct slot);
} slots_by_cpu SEC(".maps");

struct cpu_slot {
	percpu_kptr *held;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_slot);
} cpus SEC(".maps");

struct link {
	__u64 number;
	struct bpf_list_node node;
};

together(chain) struct bpf_spin_lock chain_lock;
together(chain) struct bpf_list_head chain contains(link, node);

static __always_inline int swap(struct slot *slot, __u8 value, bool is_put)
{
	struct kept *old, *given = 0;
	int number = 1000;

	if (is_put) {
		given = make(struct kept);
		if (!given)
			return NO_MEMORY;
		given->number = value;
	}
	old = bpf_kptr_xchg(&slot->held, given);
	if (old) {
		number = old->number;
		bpf_obj_drop_impl(old, 0);
	}
	slot->puts++;
	return number;
}

SEC("tc")
int stash(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct slot empty = {}, *slot;
	__u32 key;

	if (!bytes)
		return -2;
	key = bytes[0] & 3;
	empty.puts = bytes[2];
	if ((bytes[1] & 7) == 0)
		return bpf_map_update_elem(&slots, &key, &empty, 0);
	slot = bpf_map_lookup_elem(&slots, &key);
	return slot ? swap(slot, bytes[2], bytes[1] & 1) : -3;
}

SEC("tc")
int stash_by_name(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct slot empty = {}, *slot;
	__u32 key;

	if (!bytes)
		return -2;
	key = bytes[0] & 7;
	empty.puts = bytes[2];
	if ((bytes[1] & 7) == 0)
		return bpf_map_delete_elem(&named, &key);
	slot = bpf_map_lookup_elem(&named, &key);
	if (!slot || (bytes[1] & 7) == 1)
		return bpf_map_update_elem(&named, &key, &empty, 0);
	return swap(slot, bytes[2], bytes[1] & 1);
}

/* Whether an update frees what the value owned. */
SEC("tc")
int replace_by_cpu(struct __sk_buff *skb)
{
	struct slot empty = {}, *slot;
	struct kept *kept;
	__u32 key = 1;
	int result;

	slot = bpf_map_lookup_elem(&slots_by_cpu, &key);
	if (!slot)
		return -1;
	result = swap(slot, skb->len & 3, true);
	if (skb->len & 4)
		bpf_map_update_elem(&slots_by_cpu, &key, &empty, 0);
	kept = bpf_kptr_xchg(&slot->held, 0);
	if (kept) {
		result += kept->number;
		bpf_obj_drop_impl(kept, 0);
	}
	return result;
}

SEC("tc")
int count_by_cpu(struct __sk_buff *skb)
{
	percpu_kptr *made;
	struct cpu_slot *slot;
	struct per_cpu *own;
	__u32 key = 0, seen = 5;

	slot = bpf_map_lookup_elem(&cpus, &key);
	if (!slot)
		return -1;
	made = slot->held;
	if (made) {
		own = bpf_this_cpu_ptr(made);
		seen = own->seen;
	}
	made = make_percpu(struct per_cpu);
	if (!made)
		return NO_MEMORY;
	made = bpf_kptr_xchg(&slot->held, made);
	if (made)
		bpf_percpu_obj_drop_impl(made, 0);
	made = slot->held;
	if (!made)
		return -3;
	own = bpf_this_cpu_ptr(made);
	own->seen = skb->len + seen;
	return seen;
}

SEC("tc")
int queue_up(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct bpf_list_node *node;
	struct link *link;
	int sum = 0, i;

	if (!bytes)
		return -2;
	for (i = 0; i < STEPS; i++) {
		__u8 what = bytes[i] & 7;

		if (what < 4) {
			link = make(struct link);
			if (!link)
				return NO_MEMORY;
			link->number = bytes[STEPS + i];
			bpf_spin_lock(&chain_lock);
			if (what & 1)
				sum += bpf_list_push_front_impl(&chain, &link->node, 0, 0);
			else
				sum += bpf_list_push_back_impl(&chain, &link->node, 0, 0);
			bpf_spin_unlock(&chain_lock);
			continue;
		}
		bpf_spin_lock(&chain_lock);
		if (what == 7) {
			node = bpf_list_back(&chain);
			sum = sum * 31 + (node ? holder(node, struct link, node)->number : 999);
			node = bpf_list_front(&chain);
			sum = sum * 31 + (node ? holder(node, struct link, node)->number : 998);
			bpf_spin_unlock(&chain_lock);
			continue;
		}
		node = what & 1 ? bpf_list_pop_front(&chain) : bpf_list_pop_back(&chain);
		bpf_spin_unlock(&chain_lock);
		sum = sum * 31 + 1;
		if (node) {
			link = holder(node, struct link, node);
			sum += link->number;
			bpf_obj_drop_impl(link, 0);
		}
	}
	return sum;
}

char _license[] SEC("license") = "GPL";
