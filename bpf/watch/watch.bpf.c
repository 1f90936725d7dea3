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
	if (!take_scratch()) {
		count(SKEP_ENTRIES_LOST);
		return 0;
	}
	enter(&a, false);
	leave_scratch();
	return 0;
}

/* (struct pt_regs *regs, long ret) */
SEC("tp_btf/sys_exit")
int skep_sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	__s32 nr = syscall_number(regs);
	__u64 key = (__u32)bpf_get_current_pid_tgid();
	struct skep_arguments a;
	bool is_begun, is_unseen;

	if (!may_be_of_interest(nr))
		return 0;
	is_begun = bpf_map_lookup_elem(&calls, &key) || (settings.user_bytes && bpf_map_lookup_elem(&left_out, &key));
	is_unseen = !is_send(nr) && classify(nr, regs, &a);
	if (!is_begun && !is_unseen)
		return 0;
	if (!take_scratch()) {
		count(SKEP_CALLS_LOST);
		bpf_map_delete_elem(&calls, &key);
		return 0;
	}
	if (!end_begun(key, nr, ctx[1], false) && is_unseen)
		end_unseen(&a, ctx[1]);
	leave_scratch();
	return 0;
}
