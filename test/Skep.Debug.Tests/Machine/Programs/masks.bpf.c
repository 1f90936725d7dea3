// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

/* The kernel's own: what is in them does not matter here. */
struct cpumask {
	int bits;
};

struct bpf_cpumask {
	int cpumask;
};

/* A tag of types (TaggedTypes.cs). */
typedef struct bpf_cpumask kptr;

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern struct bpf_cpumask *bpf_cpumask_acquire(struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *mask) __ksym;
extern __u32 bpf_cpumask_first(const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_first_zero(const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_first_and(const struct cpumask *left, const struct cpumask *right) __ksym;
extern void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_clear_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern int bpf_cpumask_test_cpu(__u32 cpu, const struct cpumask *mask) __ksym;
extern int bpf_cpumask_test_and_set_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern int bpf_cpumask_test_and_clear_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_setall(struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_clear(struct bpf_cpumask *mask) __ksym;
extern int bpf_cpumask_and(struct bpf_cpumask *to, const struct cpumask *left, const struct cpumask *right) __ksym;
extern void bpf_cpumask_or(struct bpf_cpumask *to, const struct cpumask *left, const struct cpumask *right) __ksym;
extern void bpf_cpumask_xor(struct bpf_cpumask *to, const struct cpumask *left, const struct cpumask *right) __ksym;
extern int bpf_cpumask_equal(const struct cpumask *left, const struct cpumask *right) __ksym;
extern int bpf_cpumask_intersects(const struct cpumask *left, const struct cpumask *right) __ksym;
extern int bpf_cpumask_subset(const struct cpumask *left, const struct cpumask *right) __ksym;
extern int bpf_cpumask_empty(const struct cpumask *mask) __ksym;
extern int bpf_cpumask_full(const struct cpumask *mask) __ksym;
extern void bpf_cpumask_copy(struct bpf_cpumask *to, const struct cpumask *from) __ksym;
extern __u32 bpf_cpumask_weight(const struct cpumask *mask) __ksym;
extern int bpf_cpumask_populate(struct cpumask *mask, void *from, __u64 size) __ksym;

struct slot {
	__u64 puts;
	kptr *held;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

#define mask(pointer) ((const struct cpumask *)(pointer))

/* The kernel's functions give a bool in the low byte: clang 14 takes the rest of the register for zeros. */
#define yes(result) ((result) & 1)

static __always_inline int change(__u8 step, struct bpf_cpumask *a, struct bpf_cpumask *b, struct bpf_cpumask *c)
{
	__u32 cpu = step >> 4 & 3;
	__u64 bits = step;

	switch (step & 15) {
	case 0:
		bpf_cpumask_set_cpu(cpu, a);
		return 0;
	case 1:
		bpf_cpumask_clear_cpu(cpu, a);
		return 0;
	case 2:
		return yes(bpf_cpumask_test_cpu(cpu, mask(a))) + 2 * yes(bpf_cpumask_test_cpu(cpu, mask(c)));
	case 3:
		return yes(bpf_cpumask_test_and_set_cpu(cpu, b));
	case 4:
		return yes(bpf_cpumask_test_and_clear_cpu(cpu, c));
	case 5:
		bpf_cpumask_setall(a);
		return 0;
	case 6:
		bpf_cpumask_clear(b);
		return 0;
	case 7:
		return yes(bpf_cpumask_and(c, mask(a), mask(b)));
	case 8:
		bpf_cpumask_or(c, mask(a), mask(b));
		return 0;
	case 9:
		bpf_cpumask_xor(b, mask(a), mask(c));
		return 0;
	case 10:
		return yes(bpf_cpumask_equal(mask(a), mask(b))) + 2 * yes(bpf_cpumask_equal(mask(b), mask(c)));
	case 11:
		return yes(bpf_cpumask_intersects(mask(a), mask(b))) + 2 * yes(bpf_cpumask_subset(mask(c), mask(a)));
	case 12:
		return yes(bpf_cpumask_empty(mask(b))) + 2 * yes(bpf_cpumask_full(mask(a))) + 4 * yes(bpf_cpumask_full(mask(c)));
	case 13:
		bpf_cpumask_copy(b, mask(c));
		return 0;
	case 14:
		return bpf_cpumask_populate((struct cpumask *)c, &bits, step & 16 ? 8 : 4);
	default:
		return bpf_cpumask_weight(mask(a)) + 8 * bpf_cpumask_first(mask(b)) + 64 * bpf_cpumask_first_zero(mask(c))
			+ 512 * bpf_cpumask_first_and(mask(a), mask(c));
	}
}

struct request {
	__u8 steps[2 * STEPS];
};

SEC("syscall")
int mask_cpus(struct request *request)
{
	struct bpf_cpumask *a, *b = 0, *c = 0, *old;
	__u32 key = request->steps[0] & 1;
	struct slot *slot;
	int sum = 0;

	slot = bpf_map_lookup_elem(&slots, &key);
	a = bpf_cpumask_create();
	if (!slot || !a)
		goto out;
	b = bpf_cpumask_create();
	if (!b)
		goto out;

	/* What an earlier run left, or another one. */
	c = bpf_kptr_xchg(&slot->held, 0);
	if (!c)
		c = bpf_cpumask_create();
	if (!c)
		goto out;
#pragma unroll
	for (int i = 1; i < 8; i++)
		sum = sum * 5 + change(request->steps[i], a, b, c);
	sum = sum * 31 + bpf_cpumask_weight(mask(c));
	slot->puts++;
	old = bpf_kptr_xchg(&slot->held, bpf_cpumask_acquire(request->steps[8] & 1 ? a : b));
	if (old)
		bpf_cpumask_release(old);
out:
	if (a)
		bpf_cpumask_release(a);
	if (b)
		bpf_cpumask_release(b);
	if (c)
		bpf_cpumask_release(c);
	return sum;
}

char _license[] SEC("license") = "GPL";
