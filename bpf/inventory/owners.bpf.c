// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The iterators of the inventory. Here: every descriptor of every process that stands for a BPF object, or for a
 * socket that has code.
 */
#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_object.h"
#include "include/skep_owner.h"
#include "inventory/kernel.h"
#include "common/descriptor.h"
#include "inventory/socket.h"
#include "inventory/lists.h"
#include "inventory/seccomp.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("iter/task_file")
int skep_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct skep_owner out = {};
	struct skep_socket socket = {};
	struct perf_event *event;
	struct dentry *dentry;
	void *object;

	if (!task || !file)
		return 0;
	dentry = file->f_path.dentry; /* the verifier knows what is passed: no helper is needed */
	out.kind = kind_of_dentry(dentry, dentry->d_sb->s_magic);
	if (out.kind == SKEP_OBJ_OTHER)
		return 0;
	object = file->private_data;
	switch (out.kind) {
	case SKEP_OBJ_PROG:
		out.id = program_id(object);
		break;
	case SKEP_OBJ_MAP:
		out.id = BPF_CORE_READ((struct bpf_map *)object, id);
		break;
	case SKEP_OBJ_LINK:
		out.id = BPF_CORE_READ((struct bpf_link *)object, id);
		out.prog_id = program_id(BPF_CORE_READ((struct bpf_link *)object, prog));
		break;
	case SKEP_OBJ_BTF:
		out.id = BPF_CORE_READ((struct btf *)object, id);
		break;
	case SKEP_OBJ_PERF_EVENT:
		event = object;
		out.id = program_id(BPF_CORE_READ(event, prog));
		if (!out.id)
			return 0;
		out.perf_type = BPF_CORE_READ(event, attr.type);
		out.perf_config = BPF_CORE_READ(event, attr.config);
		break;
	case SKEP_OBJ_SOCKET:
		if (!read_socket(file, object, &socket))
			return 0;
		break;
	default:
		return 0;
	}
	out.pid = process_of(task);
	out.fd = ctx->fd;
	BPF_CORE_READ_INTO(&out.comm, task, group_leader, comm);
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	if (out.kind == SKEP_OBJ_SOCKET)
		bpf_seq_write(ctx->meta->seq, &socket, sizeof(socket));
	return 0;
}
