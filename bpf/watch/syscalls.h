/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which system calls are of interest, by number and first arguments. */
#ifndef SKEP_WATCH_SYSCALLS_H
#define SKEP_WATCH_SYSCALLS_H

#define SOL_SOCKET		1
#define SOL_PACKET		263
#define SECCOMP_SET_MODE_FILTER	1
#define PR_SET_SECCOMP		22
#define SECCOMP_MODE_FILTER	2

#if defined(__TARGET_ARCH_arm64)
#include "watch/arch_arm64.h"
#else
#include "watch/arch_x86.h"
#endif

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

/* A flag of the command: attributes that all commands have follow as the fourth argument. */
enum bpf_cmd___since_7_1 {
	BPF_COMMON_ATTRS___since_7_1 = 1 << 16,
};

/* The command without the flag that common attributes follow, where the kernel has that flag. */
static __always_inline __u32 command_without_flag(__u32 cmd)
{
	if (!bpf_core_enum_value_exists(enum bpf_cmd___since_7_1, BPF_COMMON_ATTRS___since_7_1))
		return cmd;
	return cmd & ~BPF_COMMON_ATTRS___since_7_1;
}

static __always_inline void set_command(struct skep_arguments *a, __u32 cmd)
{
	a->a[0] = command_without_flag(cmd);
	if (a->a[0] != cmd)
		a->flags |= SKEP_CALL_COMMON;
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

static __always_inline bool is_attach_option(__u32 level, __u32 option)
{
	return level == SOL_SOCKET ? is_filter_option(option) : level == SOL_PACKET && option == SO_PACKET_FANOUT_DATA;
}

static __always_inline bool is_attach_request(__u32 request)
{
	switch (request) {
	case SKEP_IOC_PERF_SET_BPF:
	case SKEP_IOC_TUN_STEERING:
	case SKEP_IOC_TUN_FILTER:
	case SKEP_IOC_KCM_ATTACH:
		return true;
	}
	return false;
}

static __always_inline bool arguments_are_of_interest(struct skep_arguments *a)
{
	switch (a->syscall) {
	case SKEP_SYS_BPF:
		set_command(a, a->a[0]);
		return true;
	case SKEP_SYS_IOCTL:
		return is_attach_request(a->a[1]);
	case SKEP_SYS_SETSOCKOPT:
		return is_attach_option(a->a[1], a->a[2]);
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
	bool compat;

	a->task = task;
	a->pid = id >> 32;
	a->tid = id;
	a->nr = nr;
	a->syscall = read_syscall(task, nr, regs, a->a, &compat);
	a->flags = compat ? SKEP_CALL_COMPAT : 0;
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
