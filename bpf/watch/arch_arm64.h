/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of arm64 the programs of watch depend on: registers, numbers of system calls, callers of 32 bits (EABI). */
#ifndef SKEP_WATCH_ARCH_ARM64_H
#define SKEP_WATCH_ARCH_ARM64_H

#define TIF_32BIT	22

#define NR64_IOCTL	29
#define NR64_WRITE	64
#define NR64_WRITEV	66
#define NR64_PRCTL	167
#define NR64_SENDTO	206
#define NR64_SETSOCKOPT	208
#define NR64_SENDMSG	211
#define NR64_SENDMMSG	269
#define NR64_SECCOMP	277
#define NR64_BPF	280
#define NR64_IO_URING_ENTER 426	/* and of 32-bit callers */

#define NR32_WRITE	4
#define NR32_IOCTL	54
#define NR32_WRITEV	146
#define NR32_PRCTL	172
#define NR32_SENDTO	290
#define NR32_SETSOCKOPT	294
#define NR32_SENDMSG	296
#define NR32_SENDMMSG	374
#define NR32_SECCOMP	383
#define NR32_BPF	386

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};

struct thread_info___arm64 {
	unsigned long flags;
};

struct task_struct___arm64 {
	struct thread_info___arm64 thread_info;
};

#pragma clang attribute pop

/* Of a function of the kernel, at its entry and at its return. */
#define PARAMETER1(ctx) ((ctx)->regs[0])
#define PARAMETER2(ctx) ((ctx)->regs[1])
#define PARAMETER3(ctx) ((ctx)->regs[2])
#define PARAMETER4(ctx) ((ctx)->regs[3])
#define PARAMETER5(ctx) ((ctx)->regs[4])
#define PARAMETER6(ctx) ((ctx)->regs[5])
#define RETURN_VALUE(ctx) ((ctx)->regs[0])

static __always_inline bool may_be_of_interest(__s32 nr)
{
	switch (nr) {
	case NR64_IOCTL:
	case NR64_PRCTL:
	case NR64_SENDTO:
	case NR64_SETSOCKOPT:
	case NR64_SENDMSG:
	case NR64_SECCOMP:
	case NR64_BPF:
	case NR32_IOCTL:
	case NR32_PRCTL:
	case NR32_SENDTO:
	case NR32_SETSOCKOPT:
	case NR32_SENDMSG:
	case NR32_SECCOMP:
	case NR32_BPF:
		return true;
	}
	return false;
}

static __always_inline __s32 syscall_number(struct pt_regs *regs)
{
	return regs->syscallno;
}

/* Whether its structures are those of 32 bits. */
static __always_inline bool is_compat_call(struct task_struct *task, __s32 nr)
{
	(void)nr;
	return BPF_CORE_READ((struct task_struct___arm64 *)task, thread_info.flags) >> TIF_32BIT & 1;
}

static __always_inline __u32 syscall_of_64(__s32 nr)
{
	switch (nr) {
	case NR64_IOCTL:
		return SKEP_SYS_IOCTL;
	case NR64_SENDMSG:
		return SKEP_SYS_SENDMSG;
	case NR64_SETSOCKOPT:
		return SKEP_SYS_SETSOCKOPT;
	case NR64_SENDTO:
		return SKEP_SYS_SENDTO;
	case NR64_PRCTL:
		return SKEP_SYS_PRCTL;
	case NR64_SECCOMP:
		return SKEP_SYS_SECCOMP;
	case NR64_BPF:
		return SKEP_SYS_BPF;
	case NR64_WRITE:
		return SKEP_SYS_WRITE;
	case NR64_WRITEV:
		return SKEP_SYS_WRITEV;
	case NR64_SENDMMSG:
		return SKEP_SYS_SENDMMSG;
	}
	return 0;
}

static __always_inline __u32 syscall_of_32(__s32 nr)
{
	switch (nr) {
	case NR32_IOCTL:
		return SKEP_SYS_IOCTL;
	case NR32_SENDMSG:
		return SKEP_SYS_SENDMSG;
	case NR32_SETSOCKOPT:
		return SKEP_SYS_SETSOCKOPT;
	case NR32_SENDTO:
		return SKEP_SYS_SENDTO;
	case NR32_PRCTL:
		return SKEP_SYS_PRCTL;
	case NR32_SECCOMP:
		return SKEP_SYS_SECCOMP;
	case NR32_BPF:
		return SKEP_SYS_BPF;
	case NR32_WRITE:
		return SKEP_SYS_WRITE;
	case NR32_WRITEV:
		return SKEP_SYS_WRITEV;
	case NR32_SENDMMSG:
		return SKEP_SYS_SENDMMSG;
	}
	return 0;
}

/*
 * Fills the arguments of a system call, and whether its structures are those of 32 bits; what it is, or 0. When the call returns the
 * first argument is no more in its register.
 */
static __always_inline __u32 read_syscall(struct task_struct *task, __s32 nr, struct pt_regs *regs, __u64 *a, bool *compat)
{
	__u64 mask = is_compat_call(task, nr) ? 0xffffffff : ~0ULL;

	*compat = mask == 0xffffffff;
	a[0] = regs->orig_x0 & mask;
	a[1] = regs->regs[1] & mask;
	a[2] = regs->regs[2] & mask;
	a[3] = regs->regs[3] & mask;
	a[4] = regs->regs[4] & mask;
	a[5] = regs->regs[5] & mask;
	return *compat ? syscall_of_32(nr) : syscall_of_64(nr);
}

#endif
