/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a call: what became of it, from the kernel's own objects. */
#ifndef SKEP_WATCH_EXIT_H
#define SKEP_WATCH_EXIT_H

#define ELEMENT_LIMIT	65536

static __always_inline bool returns_descriptor(__u32 cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_OBJ_GET:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_RAW_TRACEPOINT_OPEN:
	case BPF_BTF_LOAD:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_LINK_CREATE:
	case BPF_LINK_GET_FD_BY_ID:
	case BPF_ITER_CREATE:
	case 36: /* BPF_TOKEN_CREATE */
		return true;
	}
	return false;
}

/*
 * @attr_end: where log_true_size ends in the attr, @true_size: what the kernel wrote there, 0 if it wrote no log.
 * Kernels before 6.4, and callers with a shorter attr, leave the length to the NUL. The end of a long log is what matters.
 */
static __always_inline int send_log(struct skep_entry *e, __u64 address, __u32 size, bool has_true_size, __u32 true_size)
{
	__u64 call_id = e->call_id;
	__u32 start = 0;

	if (!address || !size)
		return 0;
	if (!has_true_size)
		return send_user_log(call_id, address, size < settings.log_limit ? size : settings.log_limit);
	if (true_size > size)
		true_size = size;
	if (true_size > settings.log_limit)
		start = true_size - settings.log_limit;
	return send_user_memory(call_id, address + start, true_size - start, start, SKEP_BLOB_LOG);
}

/* Whether the kernel writes the length of a log into an attr of this size, where the length ends at @end. */
static __always_inline bool writes_true_size(struct skep_entry *e, __u32 end)
{
	union bpf_attr___since_6_4 *newer = 0;

	return bpf_core_field_exists(newer->log_true_size) && e->attr_size >= end;
}

/* struct bpf_common_attr */
struct common_attr {
	__u64 log_buf;
	__u32 log_size;
	__u32 log_level;
	__u32 log_true_size;
	__u32 pad;
};

/* The log of a call whose own attr asks for none. */
static __always_inline int send_common_log(struct skep_entry *e)
{
	const __u32 whole = __builtin_offsetof(struct common_attr, pad);
	__u32 size = e->args[4] < whole ? e->args[4] : whole;
	struct common_attr common = {};

	if (bpf_probe_read_user(&common, at_most(size, whole), (void *)e->args[3]) || !common.log_level)
		return 0;
	return send_log(e, common.log_buf, common.log_size, size == whole, common.log_true_size);
}

static __always_inline int send_logs(struct skep_entry *e, struct skep_call *now)
{
	struct attr_prog_load *load = ATTR(e, prog_load);
	struct attr_btf_load *btf = ATTR(e, btf_load);

	if (e->cmd == BPF_PROG_LOAD && load->log_level) {
		return send_log(e, load->log_buf, load->log_size, writes_true_size(e, AT(prog_load, log_true_size) + 4),
				ATTR(now, prog_load)->log_true_size);
	}
	if (e->cmd == BPF_BTF_LOAD && btf->btf_log_level) {
		return send_log(e, btf->btf_log_buf, btf->btf_log_size, writes_true_size(e, AT(btf_load, btf_log_true_size) + 4),
				ATTR(now, btf_load)->btf_log_true_size);
	}
	return e->flags & SKEP_CALL_COMMON && (e->cmd == BPF_PROG_LOAD || e->cmd == BPF_BTF_LOAD) ? send_common_log(e) : 0;
}

static __always_inline __u32 bytes_of_value(struct bpf_map *map, __u32 type)
{
	__u32 size = BPF_CORE_READ(map, value_size);

	switch (type) {
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return ((size + 7) & ~7U) * settings.possible_cpus;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return 4; /* a descriptor in, an id out */
	}
	return size;
}

/* Keys and values of an element operation, with --elements. */
static __always_inline int send_element(struct skep_entry *e, __u32 cmd, __u32 batch_count)
{
	struct bpf_map *map;
	struct file *file;
	__u32 key_size, value_size, times = 1;
	__u64 key, value;
	int lost = 0;

	if (e->refs[0].kind != SKEP_OBJ_MAP)
		return 0;
	file = file_of((struct task_struct *)bpf_get_current_task(), e->refs[0].fd);
	map = BPF_CORE_READ(file, private_data);
	if (BPF_CORE_READ(map, id) != e->refs[0].id)
		return 0;
	key_size = BPF_CORE_READ(map, key_size);
	value_size = bytes_of_value(map, e->refs[0].type);
	key = is_batch_command(cmd) ? ATTR(e, map_batch)->keys : ATTR(e, map_element)->key;
	value = is_batch_command(cmd) ? ATTR(e, map_batch)->values : ATTR(e, map_element)->value;
	if (is_batch_command(cmd))
		times = batch_count;
	if (cmd == BPF_MAP_GET_NEXT_KEY)
		value_size = key_size;
	if (cmd == BPF_MAP_DELETE_ELEM || cmd == BPF_MAP_DELETE_BATCH)
		value = 0;
	if (times > ELEMENT_LIMIT)
		times = ELEMENT_LIMIT;
	key_size = (__u64)key_size * times > ELEMENT_LIMIT ? ELEMENT_LIMIT : key_size * times;
	value_size = (__u64)value_size * times > ELEMENT_LIMIT ? ELEMENT_LIMIT : value_size * times;
	if (key && key_size)
		lost += send_memory(e->call_id, key, key_size, 0, SKEP_BLOB_KEY, e->flags & SKEP_CALL_KERNEL);
	if (value && value_size)
		lost += send_memory(e->call_id, value, value_size, 0, SKEP_BLOB_VALUE, e->flags & SKEP_CALL_KERNEL);
	return lost;
}

/* Another thread may have put another program behind the descriptor: one that this call loaded was loaded while it ran. */
static __always_inline bool is_made_by_call(struct bpf_prog *prog, struct scratch *s)
{
	__u64 loaded;

	if (s->pending.entry.cmd != BPF_PROG_LOAD || s->pending.entry.flags & SKEP_CALL_NO_ENTER)
		return true;
	loaded = BPF_CORE_READ(prog, aux, load_time);
	return loaded >= s->pending.enter_boot_ns && loaded <= bpf_ktime_get_boot_ns();
}

verified_once int describe_result(__s32 fd)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), fd);
	struct scratch *s = scratch_at_hand();
	struct skep_call *call;
	void *object;

	if (!s)
		return 0;
	call = &s->end;
	if (!file) {
		call->result.kind = SKEP_OBJ_BAD_FD;
		return 0;
	}
	call->result.kind = kind_of(file);
	object = BPF_CORE_READ(file, private_data);
	switch (call->result.kind) {
	case SKEP_OBJ_PROG:
		if (!is_made_by_call(object, s)) {
			s->pending.entry.flags |= SKEP_CALL_REPLACED;
			call->result.kind = SKEP_OBJ_NONE;
			break;
		}
		describe_prog(object, &call->result.object.prog, call->target);
		call->result.id = call->result.object.prog.id;
		break;
	case SKEP_OBJ_MAP:
		describe_map(object, &call->result.object.map);
		call->result.id = call->result.object.map.id;
		break;
	case SKEP_OBJ_LINK:
		describe_link(s, object, &call->result.object.link, call->target, &call->target_offset);
		call->result.id = call->result.object.link.id;
		break;
	case SKEP_OBJ_BTF:
		call->result.id = BPF_CORE_READ((struct btf *)object, id);
		break;
	default:
		break;
	}
	return 0;
}

/* The calls that a program may see: it is verified without what concerns others. */
enum {
	CALLS_NONE,
	CALLS_BPF = 1,
	CALLS_NETLINK = 2,
	CALLS_OTHER = 4,
	CALLS_ALL = CALLS_BPF | CALLS_NETLINK | CALLS_OTHER,
};

static __always_inline void describe_end(struct skep_entry *e, struct skep_call *call, __u32 seen)
{
	if (seen & CALLS_BPF && e->syscall == SKEP_SYS_BPF) {
		if (read_attr(call->attr, e))
			e->flags |= SKEP_CALL_EXIT_FAULT;
		if (returns_descriptor(e->cmd) && call->ret >= 0 && !(e->flags & SKEP_CALL_SECCOMP))
			describe_result(call->ret);
	}
	if (!SEES_KERNEL && seen & CALLS_NETLINK && (e->syscall == SKEP_SYS_SENDMSG || e->syscall == SKEP_SYS_SENDTO))
		read_acks(e->args[0]);
}

/* The memory that is read once more when the call is over. */
static __always_inline void send_end(struct scratch *s, struct pending *p, struct skep_call *call, __u32 seen)
{
	struct skep_entry *e = &p->entry;

	if (seen & CALLS_BPF && e->syscall == SKEP_SYS_BPF) {
		if (e->flags & SKEP_CALL_ENTER_FAULT) { /* not resident then, and the kernel has made it so */
			bpf_probe_read_kernel(e->attr, sizeof(e->attr), call->attr);
			describe_refs();
		} else if (SEES_KERNEL && !(e->flags & SKEP_CALL_TAKEN)) { /* refused before the kernel had copied it */
			describe_refs();
		}
		if (p->strings_missing)
			send_strings(e, p->strings_missing);
		if (e->cmd == BPF_PROG_LOAD && !(e->flags & SKEP_CALL_CODE_TAKEN))
			p->pieces_lost += send_insns(e, SKEP_BLOB_INSNS_EXIT);
		if (e->cmd == BPF_BTF_LOAD)
			p->pieces_lost += send_small_btf(e, SKEP_BLOB_BTF_EXIT);
		if (is_element_command(e->cmd))
			p->pieces_lost += send_element(e, e->cmd, ATTR(call, map_batch)->count);
		p->pieces_lost += send_logs(e, call);
	} else if (seen & CALLS_NETLINK && p->strings_missing & 1 << SKEP_BLOB_NETLINK) { /* as above */
		__u32 length = e->netlink_len < 65536 ? e->netlink_len : 65536;

		bpf_probe_read_user(s->piece.data, at_most(length, NETLINK_SCAN), (void *)e->filter_addr);
		find_netlink_programs(length);
		p->pieces_lost += send_user_memory(e->call_id, e->filter_addr, length, 0, SKEP_BLOB_NETLINK);
	} else if (seen & CALLS_OTHER && e->filter_len && !(e->flags & SKEP_CALL_CODE_TAKEN)) {
		p->pieces_lost += send_user_memory(e->call_id, e->filter_addr, e->filter_len * 8, 0, SKEP_BLOB_FILTER_EXIT);
	}
}

/* Its record goes out after its blobs. @seen: none for a call whose exit is not seen. */
static __always_inline int finish_as(__s64 ret, __u32 flags, __u32 seen)
{
	struct scratch *s = scratch_at_hand();
	struct skep_call *call;
	struct pending *p;
	long lost;

	if (!s)
		return 0;
	p = &s->pending;
	call = &s->end;
	__builtin_memset((void *)call + sizeof(struct skep_entry), 0, sizeof(*call) - sizeof(struct skep_entry));
	call->ret = ret;
	call->exit_ns = bpf_ktime_get_ns();
	p->entry.flags |= flags;
	describe_end(&p->entry, call, seen);
	send_end(s, p, call, seen);
	send_process();
	call->pieces_lost = p->pieces_lost;
	if (SEES_KERNEL) {
		call->ack_count = p->ack_count;
		__builtin_memcpy(call->acks, p->acks, sizeof(call->acks));
	}
	bpf_probe_read_kernel(&call->entry, sizeof(call->entry), &p->entry);
	/* Few calls make an object: without one the record ends before it. */
	if (call->result.kind)
		lost = bpf_ringbuf_output(&events, call, sizeof(*call), BPF_RB_FORCE_WAKEUP);
	else
		lost = bpf_ringbuf_output(&events, call, __builtin_offsetof(struct skep_call, result), BPF_RB_FORCE_WAKEUP);
	if (lost)
		count(SKEP_CALLS_LOST);
	charge(sizeof(*call), p->holds_open);
	return 0;
}

#if SEES_KERNEL
verified_once int finish_bpf(__s64 ret)
{
	return finish_as(ret, 0, CALLS_BPF);
}

verified_once int finish_netlink(__s64 ret)
{
	return finish_as(ret, 0, CALLS_NETLINK);
}

verified_once int finish_other(__s64 ret)
{
	return finish_as(ret, 0, CALLS_OTHER);
}

/* Ends the call at hand, whose exit is seen: one of @seen, which is one kind. */
static __always_inline int finish(__s64 ret, __u32 seen)
{
	return seen == CALLS_BPF ? finish_bpf(ret) : seen == CALLS_NETLINK ? finish_netlink(ret) : finish_other(ret);
}
#else
verified_once int finish_any(__s64 ret)
{
	return finish_as(ret, 0, CALLS_ALL);
}

static __always_inline int finish(__s64 ret, __u32 seen)
{
	(void)seen;
	return finish_any(ret);
}
#endif

/* Ends the call at hand, whose exit is not seen. */
verified_once int finish_without_exit(__u32 flags)
{
	return finish_as(0, flags | SKEP_CALL_NO_EXIT, CALLS_NONE);
}

/* A function of its own for its stack, which does not lie below those that describe a call. */
verified_once int count_element(__u32 cmd, __u64 attr, __s64 ret, bool of_kernel)
{
	struct skep_element_key key = {};
	struct skep_element_count *n;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct bpf_map *map = 0;
	struct file *file;
	__s32 fd = -1;

	key.cmd = cmd;
	key.pid = bpf_get_current_pid_tgid() >> 32;
	read_memory(&fd, sizeof(fd), attr + (is_batch_command(cmd) ? AT(map_batch, map_fd) : AT(map_element, map_fd)), of_kernel);
	file = file_of(task, fd);
	if (file && kind_of(file) == SKEP_OBJ_MAP)
		map = BPF_CORE_READ(file, private_data);
	if (map)
		key.map_id = BPF_CORE_READ(map, id);
	count(SKEP_ELEMENTS_MADE);
	n = bpf_map_lookup_elem(&elements, &key);
	if (!n) {
		struct skep_element_count first = {};

		if (!admit_element()) {
			count(SKEP_ELEMENTS_LOST);
			return 0;
		}
		first.process_start = BPF_CORE_READ(task, group_leader, start_boottime);
		first.uid = BPF_CORE_READ(task, cred, uid.val);
		if (map) {
			first.map_type = BPF_CORE_READ(map, map_type);
			BPF_CORE_READ_INTO(&first.map_name, map, name);
		}
		bpf_get_current_comm(first.comm, sizeof(first.comm));
		bpf_map_update_elem(&elements, &key, &first, BPF_NOEXIST);
		n = bpf_map_lookup_elem(&elements, &key);
		if (!n) {
			count(SKEP_ELEMENTS_LOST);
			return 0;
		}
	}
	__sync_fetch_and_add(&n->calls, 1);
	if (ret < 0)
		__sync_fetch_and_add(&n->errors, 1);
	return 0;
}

#endif
