// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

struct leaf {
	__u32 number;
	struct bpf_rb_node node;
};

struct both {
	struct bpf_refcount count;
	__u64 number;
	struct bpf_list_node link;
	struct bpf_rb_node leaf;
};

struct forest {
	__u64 adds;
	struct bpf_spin_lock lock;
	struct bpf_rb_root root contains(leaf, node);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct forest);
} trees SEC(".maps");

together(shared) struct bpf_spin_lock shared_lock;
together(shared) struct bpf_list_head shared_list contains(both, link);
together(shared) struct bpf_rb_root shared_tree contains(both, leaf);

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return holder(a, struct leaf, node)->number < holder(b, struct leaf, node)->number;
}

/* The numbers on a way down, which the shape of the tree decides on. */
static __always_inline int way(struct forest *forest, __u8 turns)
{
	struct bpf_rb_node *at = bpf_rbtree_root(&forest->root);
	int sum = 0, i;

	for (i = 0; i < STEPS && at; i++) {
		sum = sum * 31 + holder(at, struct leaf, node)->number;
		at = turns >> i & 1 ? bpf_rbtree_left(&forest->root, at) : bpf_rbtree_right(&forest->root, at);
	}
	return sum;
}

SEC("tc")
int sort_out(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct bpf_rb_node *at, *taken;
	struct forest *forest;
	struct leaf *leaf;
	__u32 key = 0;
	int sum, i;

	forest = bpf_map_lookup_elem(&trees, &key);
	if (!bytes || !forest)
		return -2;
	if (bytes[0] == 0) {
		struct forest none = { .adds = 1000 };

		return bpf_map_update_elem(&trees, &key, &none, 0);
	}
	if (bytes[0] & 1) {
		leaf = make(struct leaf);
		if (!leaf)
			return NO_MEMORY;
		leaf->number = bytes[1];
		bpf_spin_lock(&forest->lock);
		sum = bpf_rbtree_add_impl(&forest->root, &leaf->node, less, 0, 0);
		sum += way(forest, bytes[2]);
		bpf_spin_unlock(&forest->lock);
		forest->adds++;
		return sum;
	}

	bpf_spin_lock(&forest->lock);
	sum = way(forest, bytes[2]);
	at = bpf_rbtree_first(&forest->root);
	if (!at) {
		bpf_spin_unlock(&forest->lock);
		return -3;
	}
	sum = sum * 31 + holder(at, struct leaf, node)->number;
	if (bytes[0] & 2)
		at = bpf_rbtree_root(&forest->root);
	for (i = 0; i < STEPS && at && (bytes[0] & 4); i++) {
		if (holder(at, struct leaf, node)->number == bytes[1])
			break;
		at = bytes[1] < holder(at, struct leaf, node)->number ? bpf_rbtree_left(&forest->root, at)
			: bpf_rbtree_right(&forest->root, at);
	}
	if (!at) {
		bpf_spin_unlock(&forest->lock);
		return sum;
	}
	taken = bpf_rbtree_remove(&forest->root, at);
	sum += way(forest, bytes[3]);
	bpf_spin_unlock(&forest->lock);
	if (!taken)
		return -4;
	leaf = holder(taken, struct leaf, node);
	sum = sum * 31 + leaf->number;
	bpf_obj_drop_impl(leaf, 0);
	return sum;
}

static bool less_of_both(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return holder(a, struct both, leaf)->number < holder(b, struct both, leaf)->number;
}

SEC("tc")
int share(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct bpf_list_node *link;
	struct bpf_rb_node *leaf;
	struct both *made, *again;
	int result;

	if (!bytes)
		return -2;
	if (bytes[0] & 1) {
		made = make(struct both);
		if (!made)
			return NO_MEMORY;
		made->number = bytes[1];
		again = bpf_refcount_acquire_impl(made, 0);
		bpf_spin_lock(&shared_lock);
		result = bpf_list_push_back_impl(&shared_list, &made->link, 0, 0);
		result += bpf_rbtree_add_impl(&shared_tree, &again->leaf, less_of_both, 0, 0);
		bpf_spin_unlock(&shared_lock);
		return result;
	}
	if (bytes[0] & 2) {
		bpf_spin_lock(&shared_lock);
		link = bpf_list_pop_front(&shared_list);
		bpf_spin_unlock(&shared_lock);
		if (!link)
			return -3;
		made = holder(link, struct both, link);
		result = made->number;
		if (bytes[0] & 4) {
			/* It may be in the tree still, and then is not put into it once more. */
			bpf_spin_lock(&shared_lock);
			result += 1000 * bpf_rbtree_add_impl(&shared_tree, &made->leaf, less_of_both, 0, 0);
			bpf_spin_unlock(&shared_lock);
			return result;
		}
		bpf_obj_drop_impl(made, 0);
		return result;
	}

	bpf_spin_lock(&shared_lock);
	leaf = bpf_rbtree_first(&shared_tree);
	if (!leaf) {
		bpf_spin_unlock(&shared_lock);
		return -4;
	}
	leaf = bpf_rbtree_remove(&shared_tree, leaf);
	bpf_spin_unlock(&shared_lock);
	if (!leaf)
		return -5;
	made = holder(leaf, struct both, leaf);
	result = made->number;
	bpf_obj_drop_impl(made, 0);
	return result;
}

char _license[] SEC("license") = "GPL";
