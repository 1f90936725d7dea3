/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What callers without CAP_BPF in the first user namespace may take of the ring, by user: a budget of bytes that fills up again
 * with time. Below half of it their code and logs are left out, without any their calls are, and each is counted. Half of the
 * ring, three quarters of what blobs may take, stays with those who have the capability.
 */
#ifndef SKEP_WATCH_SHARE_H
#define SKEP_WATCH_SHARE_H

#define CAP_SYS_ADMIN	21
#define CAP_BPF		39
#define NO_USER		(~0U)
#define USERNS_DEPTH	33	/* create_user_ns() allows 32 below the first */
#define OPEN_CALLS_MAX	512	/* of one user, of the 4096 in calls */
#define REFILL_SHIFT	24	/* a step of 2^24 ns, 17 ms; 2^8 of them fill it */
#define REFILL_STEPS	256
#define ELEMENT_COST	8192	/* a counter of element operations, of which there are 16384 */

enum share { SHARE_ALL, SHARE_RECORD, SHARE_NONE };

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);	/* uid */
	__type(value, struct skep_share);
} shares SEC(".maps");

/* Calls that were left out at their entry: their exit is not that of a call that nobody saw begin. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);	/* key_of_call() */
	__type(value, __s32);	/* number of the system call */
} left_out SEC(".maps");

static __always_inline bool has_cap_bpf(const struct cred *cred)
{
	__u64 caps = 0;

	bpf_core_read(&caps, sizeof(caps), &cred->cap_effective);
	return BPF_CORE_READ(cred, user_ns, level) == 0 && caps & (1ULL << CAP_SYS_ADMIN | 1ULL << CAP_BPF);
}

/* Inside a user namespace one user may be many: its creator answers, of nested ones that of the outermost. */
static __always_inline __u32 user_of(const struct cred *cred)
{
	struct user_namespace *ns = BPF_CORE_READ(cred, user_ns);

	if (BPF_CORE_READ(ns, level) == 0)
		return BPF_CORE_READ(cred, uid.val);
	for (__u32 i = 0; i < USERNS_DEPTH; i++) {
		if (BPF_CORE_READ(ns, level) <= 1)
			break;
		ns = BPF_CORE_READ(ns, parent);
	}
	return BPF_CORE_READ(ns, owner.val);
}

static __always_inline void refill(struct skep_share *share, __u64 now)
{
	__u64 steps = (now - share->filled_ns) >> REFILL_SHIFT;
	__s64 left;

	if (!steps)
		return;
	share->filled_ns += steps << REFILL_SHIFT;
	left = share->left + (steps < REFILL_STEPS ? steps * (settings.user_bytes / REFILL_STEPS) : settings.user_bytes);
	share->left = left < (__s64)settings.user_bytes ? left : (__s64)settings.user_bytes;
}

static __always_inline struct skep_share *share_of(__u32 user)
{
	struct skep_share first = {}, *share = bpf_map_lookup_elem(&shares, &user);

	if (share)
		return share;
	first.left = settings.user_bytes;
	first.filled_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&shares, &user, &first, BPF_NOEXIST);
	return bpf_map_lookup_elem(&shares, &user);
}

/* How much of its next call the current task may have reported (enum share); the user who pays for it is in scratch. */
verified_once int admit(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct scratch *s = scratch_at_hand();
	struct skep_share *share;
	__u64 used;

	if (!s)
		return SHARE_NONE;
	s->user = NO_USER;
	if (has_cap_bpf(cred))
		return SHARE_ALL;
	s->user = user_of(cred);
	share = share_of(s->user);
	if (!share)
		return SHARE_NONE;
	refill(share, bpf_ktime_get_ns());
	used = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
	if (share->left <= 0 || share->open >= OPEN_CALLS_MAX || used > settings.ring_size / 2)
		return SHARE_NONE;
	if (share->left < (__s64)(settings.user_bytes / 2) || used > settings.ring_size / 4)
		return SHARE_RECORD;
	return SHARE_ALL;
}

/* Counts a call of the user in scratch that is not reported. */
verified_once int leave_out(void)
{
	struct scratch *s = scratch_at_hand();
	struct skep_share *share;

	if (!s)
		return 0;
	count(SKEP_CALLS_MADE);
	count(SKEP_CALLS_LEFT_OUT);
	share = bpf_map_lookup_elem(&shares, &s->user);
	if (share)
		__sync_fetch_and_add(&share->calls, 1);
	return 0;
}

/* Takes @bytes from the user of the call at hand, and @open calls from those that it has under way. */
verified_once int charge(__u32 bytes, __u32 open)
{
	struct scratch *s = scratch_at_hand();
	struct skep_share *share;

	if (!s || s->pending.user == NO_USER)
		return 0;
	share = bpf_map_lookup_elem(&shares, &s->pending.user);
	if (!share)
		return 0;
	__sync_fetch_and_add(&share->left, -(__s64)bytes);
	if (open)
		__sync_fetch_and_add(&share->open, -(__s64)open);
	return 0;
}

/* A call of the user is no longer under way. */
static __always_inline void give_back(__u32 user)
{
	struct skep_share *share = bpf_map_lookup_elem(&shares, &user);

	if (share)
		__sync_fetch_and_add(&share->open, -1);
}

/* Counts the call at hand among those that its user has under way. */
static __always_inline void hold_open(struct pending *p)
{
	struct skep_share *share;

	if (p->user == NO_USER)
		return;
	share = bpf_map_lookup_elem(&shares, &p->user);
	if (!share)
		return;
	__sync_fetch_and_add(&share->open, 1);
	p->holds_open = 1;
}

/* Counts what is left out of the call at hand; 0 when nothing is to be. */
verified_once int leave_out_blob(void)
{
	struct scratch *s = scratch_at_hand();
	struct skep_share *share;

	if (!s || !(s->pending.entry.flags & SKEP_CALL_LEFT_OUT))
		return 0;
	count(SKEP_PIECES_LEFT_OUT);
	share = bpf_map_lookup_elem(&shares, &s->pending.user);
	if (share)
		__sync_fetch_and_add(&share->pieces, 1);
	return 1;
}

/* Whether the current task may have another counter of element operations. */
verified_once int admit_element(void)
{
	struct scratch *s = scratch_at_hand();
	struct skep_share *share;

	if (!settings.user_bytes || admit() == SHARE_ALL) {
		if (!settings.user_bytes || !s || s->user == NO_USER)
			return 1;
		share = bpf_map_lookup_elem(&shares, &s->user);
		if (share)
			__sync_fetch_and_add(&share->left, -ELEMENT_COST);
		return 1;
	}
	return 0;
}

#endif
