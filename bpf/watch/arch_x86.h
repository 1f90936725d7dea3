/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of x86-64 the programs of watch depend on: registers, numbers of system calls, callers of 32 bits and of x32. */
#ifndef SKEP_WATCH_ARCH_X86_H
#define SKEP_WATCH_ARCH_X86_H

#define TS_COMPAT 0x0002
#define X32_BIT	  0x40000000

#define NR64_WRITE	1
#define NR64_IOCTL	16
#define NR64_WRITEV	20
#define NR64_SENDTO	44
#define NR64_SENDMSG	46
#define NR64_SETSOCKOPT	54
#define NR64_PRCTL	157
#define NR64_SENDMMSG	307
#define NR64_SECCOMP	317
#define NR64_BPF	321
#define NR64_IO_URING_ENTER 426	/* and of 32-bit callers */

#define NRX32_IOCTL	514
#define NRX32_WRITEV	516
#define NRX32_SENDMSG	518
#define NRX32_SENDMMSG	538
#define NRX32_SETSOCKOPT 541

#define NR32_WRITE	4
#define NR32_IOCTL	54
#define NR32_SOCKETCALL	102
#define NR32_WRITEV	146
#define NR32_PRCTL	172
#define NR32_SENDMMSG	345
#define NR32_SECCOMP	354
#define NR32_BPF	357
#define NR32_SETSOCKOPT	366
#define NR32_SENDTO	369
#define NR32_SENDMSG	370

#define SOCKETCALL_SENDTO	11
#define SOCKETCALL_SETSOCKOPT	14
#define SOCKETCALL_SENDMSG	16
#define SOCKETCALL_SENDMMSG	20

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
};

struct thread_info___x86 {
	__u32 status;
};

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

#pragma clang attribute pop

/* Of a function of the kernel, at its entry and at its return. */
#define PARAMETER1(ctx) ((ctx)->di)
#define PARAMETER2(ctx) ((ctx)->si)
#define PARAMETER3(ctx) ((ctx)->dx)
#define PARAMETER4(ctx) ((ctx)->cx)
#define PARAMETER5(ctx) ((ctx)->r8)
#define PARAMETER6(ctx) ((ctx)->r9)
#define RETURN_VALUE(ctx) ((ctx)->ax)

/* The kernel takes the lower half of the register for the number (syscall_get_nr). */
static __always_inline bool may_be_of_interest(__s32 nr)
{
	if (nr & X32_BIT)
		return true;
	switch (nr) {
	case NR64_IOCTL:
	case NR64_SENDTO:
	case NR64_SENDMSG:
	case NR64_SETSOCKOPT: /* and NR32_IOCTL */
	case NR64_PRCTL:
	case NR64_SECCOMP:
	case NR64_BPF:
	case NR32_SOCKETCALL:
	case NR32_PRCTL:
	case NR32_SECCOMP:
	case NR32_BPF:
	case NR32_SETSOCKOPT:
	case NR32_SENDTO:
	case NR32_SENDMSG:
		return true;
	}
	return false;
}

static __always_inline __s32 syscall_number(struct pt_regs *regs)
{
	return regs->orig_ax;
}

static __always_inline bool is_32_bit(struct task_struct *task)
{
	return BPF_CORE_READ((struct task_struct___x86 *)task, thread_info.status) & TS_COMPAT;
}

/* Whether its structures are those of 32 bits. */
static __always_inline bool is_compat_call(struct task_struct *task, __s32 nr)
{
	return nr & X32_BIT || is_32_bit(task);
}

/* Of a 64-bit caller; x32 shares its numbers, but for calls whose structures hold pointers. */
static __always_inline __u32 syscall_of_64(__s32 nr, bool x32)
{
	switch (nr) {
	case NR64_IOCTL:
		return x32 ? 0 : SKEP_SYS_IOCTL;
	case NR64_SENDMSG:
		return x32 ? 0 : SKEP_SYS_SENDMSG;
	case NR64_SETSOCKOPT:
		return x32 ? 0 : SKEP_SYS_SETSOCKOPT;
	case NRX32_IOCTL:
		return x32 ? SKEP_SYS_IOCTL : 0;
	case NRX32_SENDMSG:
		return x32 ? SKEP_SYS_SENDMSG : 0;
	case NRX32_SETSOCKOPT:
		return x32 ? SKEP_SYS_SETSOCKOPT : 0;
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
		return x32 ? 0 : SKEP_SYS_WRITEV;
	case NR64_SENDMMSG:
		return x32 ? 0 : SKEP_SYS_SENDMMSG;
	case NRX32_WRITEV:
		return x32 ? SKEP_SYS_WRITEV : 0;
	case NRX32_SENDMMSG:
		return x32 ? SKEP_SYS_SENDMMSG : 0;
	}
	return 0;
}

static __always_inline __u32 syscall_of_32(__s32 nr, __u64 *a)
{
	__u32 args[6] = {};
	__u32 syscall = 0;

	switch (nr) {
	case NR32_IOCTL:
		return SKEP_SYS_IOCTL;
	case NR32_PRCTL:
		return SKEP_SYS_PRCTL;
	case NR32_SECCOMP:
		return SKEP_SYS_SECCOMP;
	case NR32_BPF:
		return SKEP_SYS_BPF;
	case NR32_SETSOCKOPT:
		return SKEP_SYS_SETSOCKOPT;
	case NR32_SENDTO:
		return SKEP_SYS_SENDTO;
	case NR32_SENDMSG:
		return SKEP_SYS_SENDMSG;
	case NR32_WRITE:
		return SKEP_SYS_WRITE;
	case NR32_WRITEV:
		return SKEP_SYS_WRITEV;
	case NR32_SENDMMSG:
		return SKEP_SYS_SENDMMSG;
	case NR32_SOCKETCALL:
		break;
	default:
		return 0;
	}
	switch (a[0]) {
	case SOCKETCALL_SENDTO:
		syscall = SKEP_SYS_SENDTO;
		break;
	case SOCKETCALL_SETSOCKOPT:
		syscall = SKEP_SYS_SETSOCKOPT;
		break;
	case SOCKETCALL_SENDMSG:
		syscall = SKEP_SYS_SENDMSG;
		break;
	case SOCKETCALL_SENDMMSG:
		syscall = SKEP_SYS_SENDMMSG;
		break;
	default:
		return 0;
	}
	/* setsockopt takes five, sendto six, sendmsg three: what is read beyond is not used */
	if (bpf_probe_read_user(args, sizeof(args), (void *)a[1]) && bpf_probe_read_user(args, 12, (void *)a[1]))
		return 0;
	for (int i = 0; i < 6; i++)
		a[i] = args[i];
	return syscall;
}

/* Fills the arguments of a system call, and whether its structures are those of 32 bits; what it is, or 0. */
static __always_inline __u32 read_syscall(struct task_struct *task, __s32 nr, struct pt_regs *regs, __u64 *a, bool *compat)
{
	if (is_32_bit(task)) {
		*compat = true;
		a[0] = (__u32)regs->bx;
		a[1] = (__u32)regs->cx;
		a[2] = (__u32)regs->dx;
		a[3] = (__u32)regs->si;
		a[4] = (__u32)regs->di;
		a[5] = (__u32)regs->bp;
		return syscall_of_32(nr, a);
	}
	*compat = nr & X32_BIT;
	a[0] = regs->di;
	a[1] = regs->si;
	a[2] = regs->dx;
	a[3] = regs->r10;
	a[4] = regs->r8;
	a[5] = regs->r9;
	return syscall_of_64(nr & ~X32_BIT, nr & X32_BIT);
}

#endif
