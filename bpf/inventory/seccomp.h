/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The seccomp filters of every process, and of each thread whose filters are not its process's. */
#ifndef SKEP_INVENTORY_SECCOMP_H
#define SKEP_INVENTORY_SECCOMP_H

#define FILTERS 64

static __always_inline void write_filters(struct seq_file *seq, struct seccomp_filter *filter)
{
	for (int i = 0; i < FILTERS; i++) {
		struct skep_seccomp out = { .kind = SKEP_SECCOMP_FILTER };
		struct bpf_prog *prog;

		if (!filter)
			return;
		out.filter = (__u64)filter;
		prog = BPF_CORE_READ(filter, prog);
		if (prog)
			out.insns = classic_length(prog);
		if (bpf_core_field_exists(filter->log) && BPF_CORE_READ(filter, log))
			out.flags |= 1;
		if (bpf_core_field_exists(filter->notif) && BPF_CORE_READ(filter, notif))
			out.flags |= 2;
		bpf_seq_write(seq, &out, sizeof(out));
		filter = BPF_CORE_READ(filter, prev);
	}
}

SEC("iter/task")
int skep_seccomp(struct bpf_iter__task *ctx)
{
	struct task_struct *thread = ctx->task;
	struct task_struct___seccomp *task = (void *)thread, *leader;
	struct skep_seccomp out = { .kind = SKEP_SECCOMP_TASK };
	struct seccomp_filter *filter;

	if (!thread || !bpf_core_field_exists(task->seccomp))
		return 0;
	out.mode = BPF_CORE_READ(task, seccomp.mode);
	leader = (void *)BPF_CORE_READ(thread, group_leader);
	filter = BPF_CORE_READ(task, seccomp.filter);
	if (task != leader && out.mode == (__u32)BPF_CORE_READ(leader, seccomp.mode) && filter == BPF_CORE_READ(leader, seccomp.filter))
		return 0;
	if (!out.mode && task == leader)
		return 0;
	out.pid = process_of(thread);
	out.tid = thread_of(thread);
	out.flags = BPF_CORE_READ(task, seccomp.filter_count.counter);
	out.start = BPF_CORE_READ(thread, start_boottime);
	BPF_CORE_READ_INTO(&out.comm, thread, comm);
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	write_filters(ctx->meta->seq, filter);
	return 0;
}

#endif
