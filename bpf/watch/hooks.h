/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls seen at the functions that do the work, which trampolines and kprobes are attached to: what they carry is taken from
 * the kernel's own copy, whoever asked for it and by whatever means. Who asked is in the registers of the system call.
 */
#ifndef SKEP_WATCH_HOOKS_H
#define SKEP_WATCH_HOOKS_H

#define PF_IO_WORKER	0x10

static __always_inline struct pt_regs *syscall_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

static __always_inline __u64 key_of_thread(__u32 flags)
{
	return key_of_call(bpf_get_current_pid_tgid(), flags);
}

/* Fills @a with the system call that the task is in; an asker of io_uring, which may work for it later, has @syscall. */
static __always_inline void read_system_call(struct skep_arguments *a, __u32 syscall)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct pt_regs *regs = syscall_registers();
	__s32 nr = syscall_number(regs);

	__builtin_memset(a, 0, sizeof(*a));
	read_arguments(nr, regs, a);
	if (nr == NR64_IO_URING_ENTER || BPF_CORE_READ(task, flags) & PF_IO_WORKER) {
		__builtin_memset(a->a, 0, sizeof(a->a));
		a->a[0] = -1;
		a->flags = SKEP_CALL_IO_URING;
		a->syscall = syscall;
	}
}

/* bpf(2), or bpf_sys_bpf() from a BPF program: fills @a; whether it is one to watch. */
static __always_inline bool read_bpf_call(struct skep_arguments *a, __u32 cmd, __u64 attr, bool of_kernel, __u32 size)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid();
	bool compat = false;

	__builtin_memset(a, 0, sizeof(*a));
	if (!of_kernel)
		read_syscall(task, syscall_number(syscall_registers()), syscall_registers(), a->a, &compat);
	a->task = task;
	a->pid = id >> 32;
	a->tid = id;
	a->nr = NR64_BPF;
	a->syscall = SKEP_SYS_BPF;
	a->a[1] = attr;
	a->a[2] = size;
	a->flags = of_kernel ? SKEP_CALL_KERNEL : compat ? SKEP_CALL_COMPAT : 0;
	set_command(a, cmd);
	return is_selected(a);
}

/* Ends a call other than bpf(2), one of @seen. */
static __always_inline int end_as(__u32 syscall, __s64 ret, __u32 seen)
{
	__u64 key = key_of_thread(0);
	struct pending *p = bpf_map_lookup_elem(&calls, &key);

	if (!p || p->entry.syscall == syscall)
		end_call(key, syscall_number(syscall_registers()), ret, seen);
	return 0;
}

static __always_inline int end_other(__u32 syscall, __s64 ret)
{
	return end_as(syscall, ret, CALLS_OTHER);
}

/* Brings the call that the thread is in, the innermost, to scratch; its key, or 0. */
static __always_inline __u64 borrow_call(struct scratch *s)
{
	__u64 key = key_of_thread(SKEP_CALL_KERNEL);
	struct pending *begun = bpf_map_lookup_elem(&calls, &key);

	if (!begun) {
		key = key_of_thread(0);
		begun = bpf_map_lookup_elem(&calls, &key);
		if (!begun)
			return 0;
	}
	bpf_probe_read_kernel(&s->pending, sizeof(s->pending), begun);
	return key;
}

static __always_inline void return_call(struct scratch *s, __u64 key)
{
	bpf_map_update_elem(&calls, &key, &s->pending, BPF_EXIST);
}

/* The kernel's copy of the attr, which no thread of the caller can change. */
verified_once int take_attr(__u64 attr, __u32 size)
{
	struct scratch *s = scratch_at_hand();
	struct skep_entry *e;
	__u64 key;

	if (!s)
		return 0;
	key = borrow_call(s);
	e = &s->pending.entry;
	if (!key || e->syscall != SKEP_SYS_BPF || e->flags & SKEP_CALL_TAKEN)
		return 0;
	__builtin_memset(e->attr, 0, sizeof(e->attr));
	bpf_probe_read_kernel(e->attr, at_most(size, SKEP_ATTR_LEN), (void *)attr);
	e->flags = (e->flags & ~SKEP_CALL_ENTER_FAULT) | SKEP_CALL_TAKEN;
	describe_refs();
	s->pending.strings_missing = send_strings(e, ~0U);
	if (e->cmd == BPF_BTF_LOAD)
		s->pending.pieces_lost += send_small_btf(e, SKEP_BLOB_BTF_ENTER);
	return_call(s, key);
	return 0;
}

/* The kernel's copy of a program's instructions before the verifier has them, or of a classic filter's. */
verified_once int take_code(__u64 prog, __u32 is_classic)
{
	struct scratch *s = scratch_at_hand();
	struct skep_entry *e;
	__u32 length;
	__u64 key;

	if (!s)
		return 0;
	key = borrow_call(s);
	e = &s->pending.entry;
	if (!key || e->flags & SKEP_CALL_CODE_TAKEN)
		return 0;
	if (is_classic ? e->syscall == SKEP_SYS_BPF || is_netlink(e->syscall) : e->syscall != SKEP_SYS_BPF || e->cmd != BPF_PROG_LOAD)
		return 0;
	length = BPF_CORE_READ((struct bpf_prog *)prog, len);
	prog += bpf_core_field_offset(struct bpf_prog, insnsi);
	if (is_classic) {
		e->filter_len = length;
		s->pending.pieces_lost += send_memory(e->call_id, prog, length * 8, 0, SKEP_BLOB_CODE, true);
	} else {
		s->pending.pieces_lost += send_code(e->call_id, prog, length * 8, SKEP_BLOB_CODE, true);
	}
	e->flags |= SKEP_CALL_CODE_TAKEN;
	return_call(s, key);
	return 0;
}

/* Calls whose argument leads to the descriptor of a program. */
static __always_inline bool takes_program(struct skep_entry *e)
{
	return e->syscall == SKEP_SYS_SETSOCKOPT || (e->syscall == SKEP_SYS_IOCTL && e->cmd != SKEP_IOC_PERF_SET_BPF);
}

/* The descriptor of the program that a socket or a device is given, as the kernel read it. */
verified_once int take_program(__s32 fd)
{
	struct scratch *s = scratch_at_hand();
	__u64 key;

	if (!s)
		return 0;
	key = borrow_call(s);
	if (!key || !takes_program(&s->pending.entry))
		return 0;
	__builtin_memset(&s->pending.entry.refs[1], 0, sizeof(s->pending.entry.refs[1]));
	describe_ref(fd, 1, 0);
	return_call(s, key);
	return 0;
}

static __always_inline int hook_bpf(__u32 cmd, __u64 attr, bool of_kernel, __u32 size)
{
	struct skep_arguments a;

	if (is_element_command(command_without_flag(cmd)) && !settings.whole_elements)
		return 0;
	return read_bpf_call(&a, cmd, attr, of_kernel, size) ? begin_call(&a, CALLS_BPF) : 0;
}

static __always_inline int hook_bpf_end(__u32 cmd, __u64 attr, bool of_kernel, __u32 size, __s32 ret)
{
	__u64 key = key_of_thread(of_kernel ? SKEP_CALL_KERNEL : 0);
	bool is_counted = is_element_command(command_without_flag(cmd)) && !settings.whole_elements;
	struct skep_arguments a;

	if (!is_counted && end_call(key, NR64_BPF, ret, CALLS_BPF))
		return 0;
	return read_bpf_call(&a, cmd, attr, of_kernel, size) ? end_unseen(&a, ret, CALLS_BPF) : 0;
}

/* security_bpf(): when the kernel has copied the attr. */
static __always_inline int hook_attr(__u32 cmd, __u64 attr, __u32 size)
{
	if ((is_element_command(cmd) && !settings.whole_elements) || !take_scratch())
		return 0;
	take_attr(attr, size);
	leave_scratch();
	return 0;
}

static __always_inline int hook_code(__u64 prog, bool is_classic)
{
	if (!take_scratch())
		return 0;
	take_code(prog, is_classic);
	leave_scratch();
	return 0;
}

static __always_inline int hook_program(__s32 fd)
{
	if (!take_scratch())
		return 0;
	take_program(fd);
	leave_scratch();
	return 0;
}

static __always_inline int hook_ioctl(__u32 request)
{
	struct skep_arguments a;

	if (!is_attach_request(request))
		return 0;
	read_system_call(&a, SKEP_SYS_IOCTL);
	return a.syscall == SKEP_SYS_IOCTL && is_selected(&a) ? begin_call(&a, CALLS_OTHER) : 0;
}

static __always_inline int hook_setsockopt(__u32 level, __u32 option, __u64 value, bool of_kernel, __u32 length)
{
	struct skep_arguments a;

	if (of_kernel || !is_attach_option(level, option))
		return 0;
	read_system_call(&a, SKEP_SYS_SETSOCKOPT);
	if (a.syscall != SKEP_SYS_SETSOCKOPT || !is_selected(&a))
		return 0;
	a.a[1] = level;
	a.a[2] = option;
	a.a[3] = value;
	a.a[4] = length;
	return begin_call(&a, CALLS_OTHER);
}

static __always_inline int hook_seccomp(__u32 operation)
{
	struct skep_arguments a;

	if (operation != SECCOMP_SET_MODE_FILTER)
		return 0;
	read_system_call(&a, 0);
	return (a.syscall == SKEP_SYS_SECCOMP || a.syscall == SKEP_SYS_PRCTL) && is_selected(&a) ? begin_call(&a, CALLS_OTHER) : 0;
}

static __always_inline int hook_seccomp_end(__s64 ret)
{
	end_other(SKEP_SYS_SECCOMP, ret);
	return end_other(SKEP_SYS_PRCTL, ret);
}

/* rtnetlink_rcv(): a whole request, by whatever call it was sent. */
static __always_inline int hook_netlink(struct sk_buff *skb)
{
	struct skep_arguments a;

	read_system_call(&a, SKEP_SYS_SENDMSG);
	if (!is_netlink(a.syscall))
		a.syscall = SKEP_SYS_SEND_BY_OTHER;
	a.address = (__u64)BPF_CORE_READ(skb, data);
	a.length = BPF_CORE_READ(skb, len);
	return is_selected(&a) ? begin_call(&a, CALLS_NETLINK) : 0;
}

static __always_inline struct pending *netlink_call(void)
{
	__u64 key = key_of_thread(0);
	struct pending *p = bpf_map_lookup_elem(&calls, &key);

	return p && is_netlink(p->entry.syscall) ? p : 0;
}

/* netlink_sendmsg() returns the length of what was sent, whatever became of the request. */
static __always_inline int hook_netlink_end(void)
{
	struct pending *p = netlink_call();

	return p ? end_as(p->entry.syscall, p->entry.netlink_len, CALLS_NETLINK) : end_as(0, 0, CALLS_NETLINK);
}

/* rtnetlink_rcv_msg(): one message of the request. */
static __always_inline int hook_message(struct nlmsghdr *message)
{
	struct pending *p = netlink_call();
	__u32 n;

	if (!p || p->ack_count >= SKEP_ACKS || !is_message_type(BPF_CORE_READ(message, nlmsg_type)))
		return 0;
	n = p->ack_count;
	if (n < SKEP_ACKS)
		p->acks[n].seq = BPF_CORE_READ(message, nlmsg_seq);
	p->in_message = 1;
	return 0;
}

static __always_inline int hook_message_end(__s32 ret)
{
	struct pending *p = netlink_call();
	__u32 n;

	if (!p || !p->in_message)
		return 0;
	p->in_message = 0;
	n = p->ack_count;
	if (n < SKEP_ACKS) {
		p->acks[n].error = ret;
		p->ack_count = n + 1;
	}
	return 0;
}

#endif
