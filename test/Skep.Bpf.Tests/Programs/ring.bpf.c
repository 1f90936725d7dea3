// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Writes records of asked-for sizes into a ring, filled with their number, under BPF_PROG_RUN. */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} counts SEC(".maps");

const volatile __u32 salt = 7;
__u64 submitted = 0;
__u64 full = 0;

struct request {
	__u32 number;
	__u32 kind; /* 0: 8 bytes, 1: 72 bytes, 2: 4000 bytes, 3: 8 bytes discarded, 4: 33000 bytes */
};

#define SUBMIT(size)							\
	do {								\
		__u32 *record = bpf_ringbuf_reserve(&events, size, 0);	\
		if (!record) {						\
			full++;						\
			return 1;					\
		}							\
		record[0] = r->number;					\
		record[1] = salt;					\
		record[(size) / 4 - 1] = r->number ^ salt;		\
		if (r->kind == 3) {					\
			bpf_ringbuf_discard(record, 0);			\
			return 0;					\
		}							\
		bpf_ringbuf_submit(record, 0);				\
		submitted++;						\
	} while (0)

SEC("syscall")
int emit(struct request *r)
{
	__u32 zero = 0;
	__u32 *count = bpf_map_lookup_elem(&counts, &zero);

	if (count)
		*count += 1;
	if (r->kind == 1)
		SUBMIT(72);
	else if (r->kind == 2)
		SUBMIT(4000);
	else if (r->kind == 4)
		SUBMIT(33000);
	else
		SUBMIT(8);
	return 0;
}

SEC("raw_tp/sys_enter")
int on_enter(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
