/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which system calls are of interest, by number and first arguments, for 64-bit and 32-bit callers of x86. */
#ifndef SKEP_WATCH_SYSCALLS_H
#define SKEP_WATCH_SYSCALLS_H

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

#define PERF_IOC_SET_BPF	0x40042408
#define SOL_SOCKET		1
#define SECCOMP_SET_MODE_FILTER	1
#define PR_SET_SECCOMP		22
#define SECCOMP_MODE_FILTER	2

struct skep_arguments {
	struct task_struct *task;
	__u64 a[6];
	__u64 address;	/* of a netlink message */
	__u64 length;
	enum skep_syscall_kind syscall;
	__u32 flags;
	__u32 pid;
	__u32 tid;
	__s32 nr;
	__u32 pad;
};

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

static __always_inline bool is_netlink(__u32 syscall)
{
	return syscall >= SKEP_SYS_SENDMSG;
}

/* Of a send whose entry was not of interest, the exit is not either. */
static __always_inline bool is_send(__s32 nr)
{
	return nr == NR64_SENDTO || nr == NR64_SENDMSG || nr == NR32_SENDTO || nr == NR32_SENDMSG;
}

static __always_inline bool is_element_command(__u32 cmd)
{
	switch (cmd) {
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
		return true;
	}
	return false;
}

static __always_inline bool is_batch_command(__u32 cmd)
{
	return cmd >= BPF_MAP_LOOKUP_BATCH && cmd <= BPF_MAP_DELETE_BATCH;
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

static __always_inline __u32 syscall_of_32(__s32 nr, struct skep_arguments *a)
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
	switch (a->a[0]) {
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
	if (bpf_probe_read_user(args, sizeof(args), (void *)a->a[1]) && bpf_probe_read_user(args, 12, (void *)a->a[1]))
		return 0;
	for (int i = 0; i < 6; i++)
		a->a[i] = args[i];
	return syscall;
}

/* The first buffer of a message; doctor reports that what is split over several is not seen. */
static __always_inline void find_netlink_buffer(struct skep_arguments *a)
{
	__u64 iov = 0;

	a->address = 0;
	a->length = 0;
	if (a->syscall == SKEP_SYS_SENDTO) {
		a->address = a->a[1];
		a->length = a->a[2];
	} else if (a->flags & SKEP_CALL_COMPAT) { /* struct compat_msghdr, compat_iovec */
		bpf_probe_read_user(&iov, 4, (void *)a->a[1] + 8);
		bpf_probe_read_user(&a->address, 4, (void *)iov);
		bpf_probe_read_user(&a->length, 4, (void *)iov + 4);
	} else {
		bpf_probe_read_user(&iov, 8, (void *)a->a[1] + 16);
		bpf_probe_read_user(&a->address, 16, (void *)iov);
	}
}

static __always_inline bool is_filter_option(__u32 option)
{
	switch (option) {
	case SO_ATTACH_FILTER:
	case SO_DETACH_FILTER:
	case SO_LOCK_FILTER:
	case SO_ATTACH_BPF:
	case SO_ATTACH_REUSEPORT_CBPF:
	case SO_ATTACH_REUSEPORT_EBPF:
		return true;
	}
	return false;
}

static __always_inline bool arguments_are_of_interest(struct skep_arguments *a)
{
	switch (a->syscall) {
	case SKEP_SYS_BPF:
		return true;
	case SKEP_SYS_IOCTL:
		return (__u32)a->a[1] == PERF_IOC_SET_BPF;
	case SKEP_SYS_SETSOCKOPT:
		return (__u32)a->a[1] == SOL_SOCKET && is_filter_option(a->a[2]);
	case SKEP_SYS_SECCOMP:
		return (__u32)a->a[0] == SECCOMP_SET_MODE_FILTER;
	case SKEP_SYS_PRCTL:
		return (__u32)a->a[0] == PR_SET_SECCOMP && a->a[1] == SECCOMP_MODE_FILTER;
	case SKEP_SYS_SENDMSG:
	case SKEP_SYS_SENDTO:
		find_netlink_buffer(a);
		return may_be_netlink(a->address, a->length) && rtnetlink_socket(a->task, a->a[0]) != 0;
	default:
		return false;
	}
}

/* Fills @a with the system call that the registers are of; @a->syscall is 0 for one of no kind here. */
static __always_inline void read_arguments(__s32 nr, struct pt_regs *regs, struct skep_arguments *a)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid();

	a->task = task;
	a->pid = id >> 32;
	a->tid = id;
	a->nr = nr;
	if (BPF_CORE_READ(task, thread_info.status) & TS_COMPAT) {
		a->flags = SKEP_CALL_COMPAT;
		a->a[0] = (__u32)regs->bx;
		a->a[1] = (__u32)regs->cx;
		a->a[2] = (__u32)regs->dx;
		a->a[3] = (__u32)regs->si;
		a->a[4] = (__u32)regs->di;
		a->a[5] = (__u32)regs->bp;
		a->syscall = syscall_of_32(nr, a);
	} else {
		a->a[0] = regs->di;
		a->a[1] = regs->si;
		a->a[2] = regs->dx;
		a->a[3] = regs->r10;
		a->a[4] = regs->r8;
		a->a[5] = regs->r9;
		a->flags = nr & X32_BIT ? SKEP_CALL_COMPAT : 0; /* its structures are those of 32 bits */
		a->syscall = syscall_of_64(nr & ~X32_BIT, nr & X32_BIT);
	}
}

static __always_inline bool is_selected(struct skep_arguments *a)
{
	return settings.syscall_mask >> a->syscall & 1 && is_watched(a->pid, a->task);
}

/* Fills @a; whether the call is one to watch. */
static __always_inline bool classify(__s32 nr, struct pt_regs *regs, struct skep_arguments *a)
{
	read_arguments(nr, regs, a);
	return a->syscall && settings.syscall_mask >> a->syscall & 1 && arguments_are_of_interest(a) && is_watched(a->pid, a->task);
}

#endif
