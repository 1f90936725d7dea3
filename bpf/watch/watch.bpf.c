// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tier 3 of watch: every system call that touches BPF, seen at its entry and at its exit by the raw
 * tracepoints that all kernels have. Every other call leaves after comparisons of its number.
 */
#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_event.h"
#include "include/skep_command.h"
#include "include/bpf_attr.h"
#include "watch/maps.h"
#include "watch/share.h"
#include "common/descriptor.h"
#include "watch/blob.h"
#include "watch/process.h"
#include "watch/objects.h"
#include "watch/netlink.h"
#include "watch/syscalls.h"
#include "watch/enter.h"
#include "watch/exit.h"
#include "watch/call.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* (struct pt_regs *regs, long id) */
SEC("tp_btf/sys_enter")
int skep_sys_enter(__u64 *ctx)
{
	struct skep_arguments a;

	if (!may_be_of_interest(ctx[1]) || !classify(ctx[1], (struct pt_regs *)ctx[0], &a))
		return 0;
	return enter(&a);
}

/* (struct pt_regs *regs, long ret) */
SEC("tp_btf/sys_exit")
int skep_sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	__s32 nr = regs->orig_ax;
	struct skep_arguments a;

	if (!may_be_of_interest(nr) || end_begun(bpf_get_current_pid_tgid(), nr, ctx[1]))
		return 0;
	if (is_send(nr) || !classify(nr, regs, &a))
		return 0;
	return end_unseen(&a, ctx[1]);
}

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

/* (struct task_struct *task): a call that the task was in has no exit. */
SEC("tp_btf/sched_process_exit")
int skep_exit(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	__u32 tid = task->pid, tgid = task->tgid;

	if (resume(tid))
		finish(0, SKEP_CALL_NO_EXIT);
	if (settings.user_bytes)
		bpf_map_delete_elem(&left_out, &tid);
	if (settings.follow_children && task->signal->live.counter == 0)
		bpf_map_delete_elem(&followed, &tgid);
	return 0;
}
