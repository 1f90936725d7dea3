// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

struct bpf_res_spin_lock {
	__u32 val;
};

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;

struct counted {
	__u64 count;
	struct bpf_res_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct counted);
} counts SEC(".maps");

static __always_inline struct counted *of(const __u8 *bytes, int number)
{
	__u32 key;

	if (!bytes)
		return 0;
	key = bytes[number] & 3;
	return bpf_map_lookup_elem(&counts, &key);
}

/* Two of the locks, which may be the same one. */
SEC("tc")
int lock_two(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct counted *first = of(bytes, 0), *second = of(bytes, 1);
	int error;

	if (!first || !second)
		return -3;
	error = bpf_res_spin_lock(&first->lock);
	if (error)
		return error;
	first->count++;
	error = bpf_res_spin_lock(&second->lock);
	if (error) {
		bpf_res_spin_unlock(&first->lock);
		return error;
	}
	second->count += 10;
	bpf_res_spin_unlock(&second->lock);
	bpf_res_spin_unlock(&first->lock);
	return first->count;
}

SEC("tc")
int lock_two_without_interrupts(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct counted *first = of(bytes, 0), *second = of(bytes, 1);
	unsigned long before, between;
	int error;

	if (!first || !second)
		return -3;
	error = bpf_res_spin_lock_irqsave(&first->lock, &before);
	if (error)
		return error;
	first->count++;
	error = bpf_res_spin_lock_irqsave(&second->lock, &between);
	if (error) {
		bpf_res_spin_unlock_irqrestore(&first->lock, &before);
		return error;
	}
	second->count += 10;
	bpf_res_spin_unlock_irqrestore(&second->lock, &between);
	bpf_res_spin_unlock_irqrestore(&first->lock, &before);
	return first->count;
}

char _license[] SEC("license") = "GPL";
