// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Headers of a kernel before 6.4 have none of these; what they are is the same in all. */
#define bpf_list_head uapi_list_head
#define bpf_list_node uapi_list_node
#define bpf_rb_root uapi_rb_root
#define bpf_rb_node uapi_rb_node
#define bpf_refcount uapi_refcount
#include <linux/bpf.h>
#undef bpf_list_head
#undef bpf_list_node
#undef bpf_rb_root
#undef bpf_rb_node
#undef bpf_refcount
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* What programs that own objects share. Each does what the bytes of the packet behind the Ethernet header say. */

struct bpf_list_head {
	__u64 opaque[2];
};

struct bpf_list_node {
	__u64 opaque[3];
};

struct bpf_rb_root {
	__u64 opaque[2];
};

struct bpf_rb_node {
	__u64 opaque[4];
};

struct bpf_refcount {
	__u32 opaque[1];
} __attribute__((aligned(4)));


#define STEPS 8

/* What a program returns where the kernel has no memory for it: not what it would with more. */
#define NO_MEMORY -12

#define contains(type, node) __attribute__((btf_decl_tag("contains:" #type ":" #node)))
#define together(name) SEC(".bss." #name) __hidden __attribute__((aligned(8)))
#define make(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), 0))
#define make_percpu(type) ((type *)bpf_percpu_obj_new_impl(bpf_core_type_id_local(type), 0))
#define holder(pointer, type, member) ((type *)((void *)(pointer) - __builtin_offsetof(type, member)))

extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_percpu_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_percpu_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 offset) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 offset) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_back(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			       bool (less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, __u64 offset) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_right(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;

static __always_inline const __u8 *steps(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	return data + 14 + 2 * STEPS > end ? 0 : data + 14;
}
