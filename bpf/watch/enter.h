/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The beginning of a call: what it asks for, and who asks. */
#ifndef SKEP_WATCH_ENTER_H
#define SKEP_WATCH_ENTER_H

#define AT(command, field) __builtin_offsetof(struct attr_##command, field)
#define ATTR(e, command) ((struct attr_##command *)(e)->attr)

#define NO_REF 0xff
#define REFS(a, b, c, d) ((a) | (b) << 8 | (c) << 16 | (__u32)(d) << 24)

#define PROG_TOKEN_FD	(1 << 16)
#define BPF_MAXINSNS	4096
#define MAX_INSNS	1048576	/* beyond the kernel's limit of a million */

/* Where in union bpf_attr a command names descriptors. */
static __always_inline __u32 refs_of_command(__u32 cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
		return REFS(AT(map_create, inner_map_fd), AT(map_create, btf_fd), AT(map_create, value_type_btf_obj_fd),
			    AT(map_create, map_token_fd));
	case BPF_PROG_LOAD:
		return REFS(AT(prog_load, prog_btf_fd), AT(prog_load, attach_prog_fd), AT(prog_load, prog_token_fd), NO_REF);
	case BPF_OBJ_PIN:
		return REFS(AT(object_path, bpf_fd), NO_REF, NO_REF, NO_REF);
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
		return REFS(AT(prog_attach, target_fd), AT(prog_attach, attach_bpf_fd), AT(prog_attach, replace_bpf_fd),
			    AT(prog_attach, relative_fd));
	case BPF_RAW_TRACEPOINT_OPEN:
		return REFS(AT(raw_tracepoint, prog_fd), NO_REF, NO_REF, NO_REF);
	case BPF_LINK_CREATE:
		return REFS(AT(link_head, prog_fd), AT(link_head, target_fd), AT(link_ordered, relative_fd), NO_REF);
	case BPF_LINK_UPDATE:
		return REFS(AT(link_update, link_fd), AT(link_update, new_prog_fd), AT(link_update, old_prog_fd), NO_REF);
	case BPF_PROG_BIND_MAP:
		return REFS(AT(prog_bind_map, prog_fd), AT(prog_bind_map, map_fd), NO_REF, NO_REF);
	case 36: /* BPF_TOKEN_CREATE */
		return REFS(AT(token_create, bpffs_fd), NO_REF, NO_REF, NO_REF);
	case 37: /* BPF_PROG_STREAM_READ_BY_FD */
		return REFS(AT(prog_stream_read, prog_fd), NO_REF, NO_REF, NO_REF);
	case 38: /* BPF_PROG_ASSOC_STRUCT_OPS */
		return REFS(AT(prog_assoc_struct_ops, map_fd), AT(prog_assoc_struct_ops, prog_fd), NO_REF, NO_REF);
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
		return REFS(AT(map_batch, map_fd), NO_REF, NO_REF, NO_REF);
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_FREEZE:
	case BPF_PROG_TEST_RUN:
	case BPF_OBJ_GET_INFO_BY_FD:
	case BPF_PROG_QUERY:
	case BPF_ITER_CREATE:
	case BPF_LINK_DETACH: /* of all these it comes first */
		return REFS(AT(map_element, map_fd), NO_REF, NO_REF, NO_REF);
	default:
		return REFS(NO_REF, NO_REF, NO_REF, NO_REF);
	}
}

/* A string of the attr, if it is wanted: the bit of its kind when it could not be read. */
static __always_inline __u32 send_string(struct skep_entry *e, __u32 wanted, __u64 address, int limit, enum skep_blob_kind kind)
{
	return wanted & 1 << kind && send_user_string(e->call_id, address, limit, kind) ? 1 << kind : 0;
}

/* The strings that an attr points to: bits of the blob kinds that could not be read. */
static __always_inline __u32 send_strings(struct skep_entry *e, __u32 wanted)
{
	__u32 type;

	switch (e->cmd) {
	case BPF_PROG_LOAD:
		return send_string(e, wanted, ATTR(e, prog_load)->license, 128, SKEP_BLOB_LICENSE);
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		return send_string(e, wanted, ATTR(e, object_path)->pathname, SKEP_PATH_LEN, SKEP_BLOB_PATH);
	case BPF_RAW_TRACEPOINT_OPEN:
		return send_string(e, wanted, ATTR(e, raw_tracepoint)->name, 128, SKEP_BLOB_NAME);
	case BPF_LINK_CREATE:
		type = ATTR(e, link_head)->attach_type;
		if (type == 48 || type == 57) /* BPF_TRACE_UPROBE_MULTI, _SESSION */
			return send_string(e, wanted, ATTR(e, link_uprobe_multi)->path, SKEP_PATH_LEN, SKEP_BLOB_PATH);
	}
	return 0;
}

/* The kernel takes no more than BPF_MAXINSNS from those who may not: nor is more copied for them. */
static __always_inline bool may_load_large(struct skep_entry *e)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return ATTR(e, prog_load)->prog_flags & PROG_TOKEN_FD || has_cap_bpf(BPF_CORE_READ(task, cred));
}

static __always_inline int send_insns(struct skep_entry *e, __u32 blob)
{
	__u32 count = ATTR(e, prog_load)->insn_cnt;

	if (count > MAX_INSNS)
		count = MAX_INSNS;
	if (count > BPF_MAXINSNS && !may_load_large(e))
		count = BPF_MAXINSNS;
	if (blob == SKEP_BLOB_INSNS_ENTER)
		return send_code(e->call_id, ATTR(e, prog_load)->insns, count * 8, blob, e->flags & SKEP_CALL_KERNEL);
	return send_memory(e->call_id, ATTR(e, prog_load)->insns, count * 8, 0, blob, e->flags & SKEP_CALL_KERNEL);
}

static __always_inline int send_small_btf(struct skep_entry *e, __u32 blob)
{
	__u32 size = ATTR(e, btf_load)->btf_size;

	if (!settings.small_btf || size > SKEP_SMALL_BTF)
		return 0;
	return send_memory(e->call_id, ATTR(e, btf_load)->btf, size, 0, blob, e->flags & SKEP_CALL_KERNEL);
}

static __always_inline int read_attr(__u8 *to, struct skep_entry *e)
{
	return read_memory(to, at_most(e->attr_size, SKEP_ATTR_LEN), e->args[1], e->flags & SKEP_CALL_KERNEL);
}

/* What the descriptors in the attr of the call at hand stand for. */
verified_once int describe_refs(void)
{
	struct scratch *s = scratch_at_hand();
	struct skep_entry *e;
	__u32 refs;

	if (!s)
		return 0;
	e = &s->pending.entry;
	refs = refs_of_command(e->cmd);
	for (__u32 i = 0; i < SKEP_REFS; i++) {
		__u32 at = refs >> 8 * i & 0xff;

		if (at != NO_REF && at < e->attr_size && at <= SKEP_ATTR_LEN - 4)
			describe_ref(*(__s32 *)(e->attr + at), i, at);
	}
	return 0;
}

verified_once int enter_bpf(void)
{
	struct scratch *s = scratch_at_hand();
	struct skep_entry *e;
	struct pending *p;

	if (!s)
		return 0;
	p = &s->pending;
	e = &p->entry;
	e->attr_size = e->args[2];
	if (read_attr(e->attr, e)) {
		e->flags |= SKEP_CALL_ENTER_FAULT;
		p->strings_missing = ~0U;
		return 0;
	}
	if (SEES_KERNEL) { /* what the attr names is looked up by the kernel's copy of it */
		p->strings_missing = ~0U;
		return 0;
	}
	describe_refs();
	p->strings_missing = send_strings(e, ~0U);
	if (e->cmd == BPF_PROG_LOAD && !(e->flags & SKEP_CALL_NO_ENTER))
		p->pieces_lost += send_insns(e, SKEP_BLOB_INSNS_ENTER);
	if (e->cmd == BPF_BTF_LOAD && !(e->flags & SKEP_CALL_NO_ENTER))
		p->pieces_lost += send_small_btf(e, SKEP_BLOB_BTF_ENTER);
	return 0;
}

static __always_inline void enter_filter(struct skep_entry *e, __u64 fprog)
{
	struct {
		__u16 length;
		__u64 filter;
	} p = {};

	if (e->flags & SKEP_CALL_COMPAT) {
		bpf_probe_read_user(&p.length, sizeof(p.length), (void *)fprog);
		bpf_probe_read_user(&p.filter, 4, (void *)fprog + 4);
	} else {
		bpf_probe_read_user(&p, sizeof(p), (void *)fprog);
	}
	e->filter_len = p.length;
	e->filter_addr = p.filter;
}

#define TUN_DEVICE (10 << 20 | 200)	/* /dev/net/tun */

/* The device of a file of the module tun; no name before it has one. */
static __always_inline void describe_tun(struct skep_entry *e)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), e->args[0]);
	struct tun_file *tun;

	if (!file || !bpf_core_type_exists(struct tun_file) || BPF_CORE_READ(file, f_inode, i_rdev) != TUN_DEVICE)
		return;
	tun = BPF_CORE_READ(file, private_data);
	bpf_probe_read_kernel_str(e->target, 16, BPF_CORE_READ(tun, tun, dev, name));
}

/* The requests of ioctl(2) whose argument leads to a program's descriptor. */
static __always_inline void enter_ioctl(struct skep_entry *e)
{
	__s32 fds[2] = { -1, -1 };

	describe_ref(e->args[0], 0, 0);
	switch (e->cmd) {
	case SKEP_IOC_PERF_SET_BPF:
		describe_ref(e->args[2], 1, 0);
		break;
	case SKEP_IOC_KCM_ATTACH: /* struct kcm_attach */
		bpf_probe_read_user(fds, sizeof(fds), (void *)e->args[2]);
		describe_ref(fds[1], 1, 0);
		describe_ref(fds[0], 2, 0);
		break;
	default:
		bpf_probe_read_user(fds, sizeof(fds[0]), (void *)e->args[2]);
		describe_ref(fds[0], 1, 0);
		describe_tun(e);
		break;
	}
}

verified_once int enter_other(void)
{
	struct scratch *s = scratch_at_hand();
	struct skep_entry *e;
	struct pending *p;
	__s32 fd = -1;

	if (!s)
		return 0;
	p = &s->pending;
	e = &p->entry;
	switch (e->syscall) {
	case SKEP_SYS_IOCTL:
		enter_ioctl(e);
		break;
	case SKEP_SYS_SETSOCKOPT:
		describe_ref(e->args[0], 0, 0);
		if (e->cmd == SO_ATTACH_BPF || e->cmd == SO_ATTACH_REUSEPORT_EBPF ||
		    (e->cmd == SO_PACKET_FANOUT_DATA && e->args[4] == sizeof(fd))) {
			bpf_probe_read_user(&fd, sizeof(fd), (void *)e->args[3]);
			describe_ref(fd, 1, 0);
		} else if (e->cmd == SO_ATTACH_FILTER || e->cmd == SO_ATTACH_REUSEPORT_CBPF || e->cmd == SO_PACKET_FANOUT_DATA) {
			enter_filter(e, e->args[3]);
		} else if (e->cmd == SO_LOCK_FILTER) {
			bpf_probe_read_user(e->attr, 4, (void *)e->args[3]);
		}
		break;
	case SKEP_SYS_SECCOMP:
	case SKEP_SYS_PRCTL:
		enter_filter(e, e->args[2]);
		break;
	default:
		break;
	}
	if (!SEES_KERNEL && e->filter_len && !(e->flags & SKEP_CALL_NO_ENTER))
		p->pieces_lost += send_user_memory(e->call_id, e->filter_addr, e->filter_len * 8, 0, SKEP_BLOB_FILTER_ENTER);
	return 0;
}

verified_once int enter_netlink(__u64 address, __u64 length)
{
	struct scratch *s = scratch_at_hand();
	struct sock *sk;

	if (!s)
		return 0;
	sk = rtnetlink_socket((struct task_struct *)bpf_get_current_task(), s->pending.entry.args[0]);
	if (!SEES_KERNEL)
		s->pending.last_answer = (__u64)BPF_CORE_READ(sk, sk_receive_queue.prev);
	s->pending.entry.netlink_len = length;
	s->pending.entry.filter_addr = address;
	if (read_memory(s->piece.data, at_most(length, NETLINK_SCAN), address, true))
		s->pending.strings_missing = 1 << SKEP_BLOB_NETLINK;
	else
		find_netlink_programs(length);
	if (length > 65536)
		length = 65536;
	s->pending.pieces_lost += send_memory(s->pending.entry.call_id, address, length, 0, SKEP_BLOB_NETLINK, true);
	return 0;
}

static __always_inline __u32 command_of(struct skep_arguments *a)
{
	switch (a->syscall) {
	case SKEP_SYS_IOCTL:
		return a->a[1];
	case SKEP_SYS_SETSOCKOPT:
		return a->a[2];
	case SKEP_SYS_SEND_BY_OTHER:
		return a->nr;
	default:
		return a->a[0];
	}
}

/* Fills the state of a call in scratch. */
static __always_inline struct pending *begin(struct skep_arguments *a, __u32 flags)
{
	struct scratch *s = scratch_at_hand();
	struct task_struct *task = a->task;
	struct skep_entry *e;

	if (!s)
		return 0;
	__builtin_memset(&s->pending, 0, sizeof(s->pending));
	e = &s->pending.entry;
	e->record = SKEP_RECORD_CALL;
	e->flags = a->flags | flags | (SEES_KERNEL ? SKEP_CALL_ONCE : 0);
	e->call_id = (__u64)(bpf_get_smp_processor_id() * SCRATCHES + scratch_of_thread()) << 46 | ++s->next_call;
	e->enter_ns = bpf_ktime_get_ns();
	e->syscall = a->syscall;
	e->cmd = command_of(a);
	e->pid = a->pid;
	e->tid = a->tid;
	e->ppid = BPF_CORE_READ(task, real_parent, tgid);
	e->uid = BPF_CORE_READ(task, cred, uid.val);
	e->process_start = BPF_CORE_READ(task, group_leader, start_boottime);
	e->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	e->netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	BPF_CORE_READ_INTO(&e->parent_comm, task, real_parent, group_leader, comm);
	e->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : SKEP_NO_LOGINUID;
	for (int i = 0; i < 6; i++)
		e->args[i] = a->a[i];
	s->pending.nr = a->nr;
	s->pending.user = settings.user_bytes ? s->user : NO_USER;
	s->pending.enter_boot_ns = bpf_ktime_get_boot_ns();
	return &s->pending;
}

#endif
