// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The poster's scene: each program that is executed is told to user space through a ring buffer. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "ringbuf_submit.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ringbuf SEC(".maps");

/* /sys/kernel/tracing/events/syscalls/sys_enter_execve/format */
struct sys_enter_execve {
	__u64 common;
	__u64 nr;
	const char *filename;
};

SEC("tracepoint/syscalls/sys_enter_execve")
int ringbuf_submit(struct sys_enter_execve *ctx)
{
	struct execution *e = bpf_ringbuf_reserve(&ringbuf, sizeof(*e), 0);

	if (!e)
		return 0;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_probe_read_user_str(e->filename, sizeof(e->filename), ctx->filename);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
