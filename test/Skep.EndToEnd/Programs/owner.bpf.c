// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sends numbered records through a ring buffer and a perf buffer, under BPF_PROG_RUN. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u64 number;
	__u32 pid;
	char comm[16];
	__u32 check;
};
const struct event *unused __attribute__((unused));

struct request {
	__u64 first;
	__u32 count;
	__u32 kind; /* 0: all of one size, 1: three sizes and some discarded */
	__u64 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

static __always_inline void fill(struct event *e, __u64 number)
{
	e->number = number;
	e->pid = 4242;
	__builtin_memcpy(e->comm, "an owner", 9);
	e->check = (__u32)number ^ 0x5eed;
}

#define SEND(size)							\
	do {								\
		struct event *e = bpf_ringbuf_reserve(&records, size, 0); \
		if (!e)							\
			return i;					\
		fill(e, r->first + i);					\
		bpf_ringbuf_submit(e, r->flags);			\
	} while (0)

/* Returns how many of them there was room for. */
SEC("syscall")
int emit(struct request *r)
{
	__u32 i;

	for (i = 0; i < 1024 && i < r->count; i++) {
		__u32 size = r->kind ? (r->first + i) % 3 : 0;

		if (size == 1)
			SEND(40);
		else if (size == 2)
			SEND(264);
		else
			SEND(sizeof(struct event));
		if (r->kind && (r->first + i) % 10 == 0) {
			void *gone = bpf_ringbuf_reserve(&records, 24, 0);

			if (gone)
				bpf_ringbuf_discard(gone, 0);
		}
	}
	return i;
}


/* By BPF_PROG_RUN: its context is the numbers of a request. */
SEC("raw_tp/sys_exit")
int emit_perf(struct bpf_raw_tracepoint_args *ctx)
{
	struct event e = {};

	fill(&e, ctx->args[0]);
	return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e)) != 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
