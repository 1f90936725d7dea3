// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tier 3 of watch: every system call that touches BPF, seen at its entry and at its exit by the raw
 * tracepoints that all kernels have. Every other call leaves after comparisons of its number.
 */
#include "watch/watch.h"

/* (struct pt_regs *regs, long id) */
SEC("tp_btf/sys_enter")
int skep_sys_enter(__u64 *ctx)
{
	struct skep_arguments a;

	if (!may_be_of_interest(ctx[1]) || !classify(ctx[1], (struct pt_regs *)ctx[0], &a))
		return 0;
	return enter(&a, false);
}

/* (struct pt_regs *regs, long ret) */
SEC("tp_btf/sys_exit")
int skep_sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	__s32 nr = regs->orig_ax;
	struct skep_arguments a;

	if (!may_be_of_interest(nr) || end_begun((__u32)bpf_get_current_pid_tgid(), nr, ctx[1], false))
		return 0;
	if (is_send(nr) || !classify(nr, regs, &a))
		return 0;
	return end_unseen(&a, ctx[1]);
}
