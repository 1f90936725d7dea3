// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which perf events a perf_event_array holds, and which descriptors of which processes are theirs. */
#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_object.h"
#include "include/skep_perf_output.h"
#include "common/descriptor.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define MAX_SLOTS 1024

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct bpf_array {
	void *ptrs[0];
};

struct bpf_event_entry {
	struct perf_event *event;
};

struct perf_buffer {
	int nr_pages;
	int overwrite;
};

struct perf_event_attr___tap {
	__u64 sample_type;
};

struct perf_event___tap {
	struct perf_event_attr___tap attr;
	struct perf_buffer *rb;
};

#pragma clang attribute pop

const volatile __u32 target_map = 0;

static __always_inline void write_slots(struct bpf_iter__task_file *ctx, struct bpf_map *map)
{
	__u32 count = BPF_CORE_READ(map, max_entries), i;
	struct skep_perf_output out = { .kind = SKEP_PERF_SLOT };
	void **slots = (void **)&((struct bpf_array *)map)->ptrs;

	for (i = 0; i < MAX_SLOTS && i < count; i++) {
		struct bpf_event_entry *entry = 0;

		bpf_probe_read_kernel(&entry, sizeof(entry), slots + i);
		if (!entry)
			continue;
		out.event = (__u64)BPF_CORE_READ(entry, event);
		out.slot = i;
		bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	}
}

SEC("iter/task_file")
int skep_perf_outputs(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct skep_perf_output out = { .kind = SKEP_PERF_DESCRIPTOR };
	struct perf_event___tap *event;
	struct perf_buffer *ring;
	void *object;

	if (!task || !file)
		return 0;
	object = BPF_CORE_READ(file, private_data);
	switch (kind_of(file)) {
	case SKEP_OBJ_MAP:
		if (BPF_CORE_READ((struct bpf_map *)object, id) == target_map)
			write_slots(ctx, object);
		return 0;
	case SKEP_OBJ_PERF_EVENT:
		break;
	default:
		return 0;
	}
	event = object;
	out.event = (__u64)object;
	out.sample_type = BPF_CORE_READ(event, attr.sample_type);
	ring = BPF_CORE_READ(event, rb);
	if (ring) {
		out.pages = BPF_CORE_READ(ring, nr_pages);
		out.overwrite = BPF_CORE_READ(ring, overwrite);
	}
	out.pid = task->tgid;
	out.fd = ctx->fd;
	BPF_CORE_READ_INTO(&out.comm, task, group_leader, comm);
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}
