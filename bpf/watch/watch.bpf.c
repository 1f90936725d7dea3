// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tier 3 of watch: every system call that touches BPF, seen at its entry and at its exit by the raw
 * tracepoints that all kernels have. Every other call leaves after comparisons of its number.
 *
 * Since Linux 7.0 programs of raw tracepoints may be preempted, and the kernel then skips them for other threads on the CPU. Those of
 * perf events on the same tracepoints are not, and cost more.
 */
#include "watch/watch.h"

static __always_inline int enter_syscall(__s32 nr, struct pt_regs *regs)
{
	struct skep_arguments a;

	return may_be_of_interest(nr) && classify(nr, regs, &a) ? begin_call(&a, CALLS_ALL) : 0;
}

static __always_inline int exit_syscall(struct pt_regs *regs, __s64 ret)
{
	__s32 nr = syscall_number(regs);
	struct skep_arguments a;

	if (!may_be_of_interest(nr) || end_call((__u32)bpf_get_current_pid_tgid(), nr, ret, CALLS_ALL))
		return 0;
	return !is_send(nr) && classify(nr, regs, &a) ? end_unseen(&a, ret, CALLS_ALL) : 0;
}

/* (struct pt_regs *regs, long id) */
SEC("tp_btf/sys_enter")
int skep_sys_enter(__u64 *ctx)
{
	return enter_syscall(ctx[1], (struct pt_regs *)ctx[0]);
}

/* (struct pt_regs *regs, long ret) */
SEC("tp_btf/sys_exit")
int skep_sys_exit(__u64 *ctx)
{
	return exit_syscall((struct pt_regs *)ctx[0], ctx[1]);
}

static __always_inline struct pt_regs *registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

/* What perf events of raw_syscalls carry. */
struct syscall_event {
	__u64 common;
	__s64 nr;
	__s64 ret;	/* of sys_exit */
};

SEC("tracepoint/raw_syscalls/sys_enter")
int skep_event_enter(struct syscall_event *ctx)
{
	return enter_syscall(ctx->nr, registers());
}

SEC("tracepoint/raw_syscalls/sys_exit")
int skep_event_exit(struct syscall_event *ctx)
{
	return exit_syscall(registers(), ctx->ret);
}
