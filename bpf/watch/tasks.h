/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tasks that begin and end while they are watched. */
#ifndef SKEP_WATCH_TASKS_H
#define SKEP_WATCH_TASKS_H

/* (struct task_struct *parent, struct task_struct *child): before the child runs. */
SEC("tp_btf/sched_process_fork")
int skep_fork(__u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0], *child = (struct task_struct *)ctx[1];
	__u32 from = parent->tgid, to = child->tgid;
	__u8 one = 1;

	if (from != to && (from == settings.watcher_pid || bpf_map_lookup_elem(&followed, &from)))
		bpf_map_update_elem(&followed, &to, &one, BPF_ANY);
	return 0;
}

/* A call that the task was in has no exit. */
static __always_inline void end_with_task(__u64 key)
{
	if (bpf_map_lookup_elem(&calls, &key) && take_scratch()) {
		if (resume(key))
			finish_without_exit(0);
		leave_scratch();
	}
	if (settings.user_bytes)
		bpf_map_delete_elem(&left_out, &key);
}

/* (struct task_struct *task) */
SEC("tp_btf/sched_process_exit")
int skep_exit(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	__u32 tid = task->pid, tgid = task->tgid;

	end_with_task(key_of_call(tid, 0));
	if (SEES_KERNEL)
		end_with_task(key_of_call(tid, SKEP_CALL_KERNEL));
	if (settings.follow_children && task->signal->live.counter == 0)
		bpf_map_delete_elem(&followed, &tgid);
	return 0;
}

#endif
