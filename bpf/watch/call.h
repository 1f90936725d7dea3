/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A call between its entry and its exit: kept by thread, begun and ended here. */
#ifndef SKEP_WATCH_CALL_H
#define SKEP_WATCH_CALL_H

/* Takes the call of this key back into scratch. */
static __always_inline bool resume(__u64 key)
{
	struct pending *begun = bpf_map_lookup_elem(&calls, &key);
	struct scratch *s;

	if (!begun)
		return false;
	s = scratch_at_hand();
	if (!s)
		return false;
	bpf_probe_read_kernel(&s->pending, sizeof(s->pending), begun);
	bpf_map_delete_elem(&calls, &key);
	return true;
}

static __always_inline int enter(struct skep_arguments *a, __u32 seen)
{
	__u64 key = key_of_call(a->tid, a->flags);
	bool netlink = seen & CALLS_NETLINK && is_netlink(a->syscall), bpf = seen & CALLS_BPF && a->syscall == SKEP_SYS_BPF;
	int share = SHARE_ALL;
	struct pending *p;

	/* A call of this thread whose exit was not seen: a debugger or a signal's return took it elsewhere. */
	if (resume(key))
		finish_without_exit(SKEP_CALL_OPEN);
	if (netlink) {
		if (!netlink_is_of_interest(a->address, a->length))
			return 0;
	} else if (bpf) {
		__u32 cmd = a->a[0];

		if (is_element_command(cmd) && !settings.whole_elements)
			return 0;
		if (cmd < 64 && !(settings.cmd_mask >> cmd & 1))
			return 0;
	}
	if (settings.user_bytes)
		share = admit();
	if (share == SHARE_NONE) {
		/* Where it finds no place, its exit is counted in its stead. */
		if (!bpf_map_update_elem(&left_out, &key, &a->nr, BPF_ANY))
			leave_out();
		return 0;
	}
	p = begin(a, share == SHARE_RECORD ? SKEP_CALL_LEFT_OUT : 0);
	if (!p)
		return 0;
	if (netlink)
		enter_netlink(a->address, a->length);
	else if (bpf)
		enter_bpf();
	else if (seen & CALLS_OTHER)
		enter_other();
	hold_open(p);
	if (bpf_map_update_elem(&calls, &key, p, BPF_ANY)) {
		count(SKEP_ENTRIES_LOST);
		charge(0, p->holds_open);
	} else {
		count(SKEP_CALLS_MADE);
	}
	return 0;
}

/* The exit of a call that was left out at its entry. */
static __always_inline bool end_left_out(__u64 key, __s32 nr)
{
	__s32 *begun = settings.user_bytes ? bpf_map_lookup_elem(&left_out, &key) : 0;
	bool is_it;

	if (!begun)
		return false;
	is_it = *begun == nr;
	bpf_map_delete_elem(&left_out, &key);
	return is_it;
}

/* The exit of a call that was begun: by what was kept of it, whatever the process has changed since. */
static __always_inline bool end_begun(__u64 key, __s32 nr, __s64 ret, __u32 seen)
{
	struct scratch *s;

	if (!resume(key))
		return end_left_out(key, nr);
	s = scratch_at_hand();
	if (s && s->pending.nr != nr) {
		finish_without_exit(SKEP_CALL_OPEN);
		return false;
	}
	finish(ret, seen);
	return true;
}

/* Whether a call of this key was begun, or left out. */
static __always_inline bool is_begun(__u64 key)
{
	return bpf_map_lookup_elem(&calls, &key) || (settings.user_bytes && bpf_map_lookup_elem(&left_out, &key));
}

/* A call whose exit is not seen, though it has come: the next one of the thread must not end it. */
static __always_inline void lose_begun(__u64 key)
{
	struct pending *p = bpf_map_lookup_elem(&calls, &key);

	count(SKEP_CALLS_LOST);
	if (p && p->holds_open)
		give_back(p->user);
	bpf_map_delete_elem(&calls, &key);
	if (settings.user_bytes)
		bpf_map_delete_elem(&left_out, &key);
}

/* @seen: those that the program may see. */
static __always_inline int begin_call(struct skep_arguments *a, __u32 seen)
{
	if (!take_scratch()) {
		count(SKEP_ENTRIES_LOST);
		return 0;
	}
	enter(a, seen);
	leave_scratch();
	return 0;
}

/* The exit of a call; false when it is not that of the one that the thread has begun. */
static __always_inline bool end_call(__u64 key, __s32 nr, __s64 ret, __u32 seen)
{
	bool is_ended;

	if (!is_begun(key))
		return false;
	if (!take_scratch()) {
		lose_begun(key);
		return true;
	}
	is_ended = end_begun(key, nr, ret, seen);
	leave_scratch();
	return is_ended;
}

static __always_inline int finish_unseen(struct skep_arguments *a, __s64 ret, __u32 seen)
{
	__u32 flags = SKEP_CALL_NO_ENTER;

	/* syscall_rollback: a trapped call returns its own number */
	if (!SEES_KERNEL && ret == a->nr)
		flags |= SKEP_CALL_SECCOMP;
	if (settings.user_bytes) {
		int share = admit();

		if (share == SHARE_NONE)
			return leave_out();
		if (share == SHARE_RECORD)
			flags |= SKEP_CALL_LEFT_OUT;
	}
	if (!begin(a, flags))
		return 0;
	count(SKEP_CALLS_MADE);
	if (a->syscall == SKEP_SYS_BPF)
		enter_bpf();
	else if (seen & CALLS_OTHER)
		enter_other();
	return finish(ret, seen);
}

/* The exit of a call whose entry was not traced: begun before the watch, refused by seccomp, or there was no room for it. */
static __always_inline int end_unseen(struct skep_arguments *a, __s64 ret, __u32 seen)
{
	__u32 cmd = a->a[0];
	bool is_bpf = a->syscall == SKEP_SYS_BPF, is_counted = is_bpf && is_element_command(cmd) && !settings.whole_elements;

	if (is_bpf && cmd < 64 && !(settings.cmd_mask >> cmd & 1))
		return 0;
	if (!is_counted && (ending || is_netlink(a->syscall)))
		return 0;
	if (!take_scratch()) {
		count(is_counted ? SKEP_ELEMENTS_MADE : SKEP_CALLS_MADE);
		count(is_counted ? SKEP_ELEMENTS_LOST : SKEP_CALLS_LOST);
		return 0;
	}
	if (is_counted)
		count_element(cmd, a->a[1], ret, a->flags & SKEP_CALL_KERNEL);
	else
		finish_unseen(a, ret, seen);
	leave_scratch();
	return 0;
}

#endif
