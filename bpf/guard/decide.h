/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The strictest of what the policies decide, and its record. */
#ifndef SKEP_GUARD_DECIDE_H
#define SKEP_GUARD_DECIDE_H

#define ACTION_ALLOW 0
#define ACTION_ALERT 1
#define ACTION_DENY  2
#define EPERM	     1

/* The number of the lowest bit that is set, without a branch. */
static __always_inline __u32 lowest_bit(__u64 bits)
{
	__u64 lowest = bits & -bits;

	return !!(lowest & 0xaaaaaaaaaaaaaaaa) | !!(lowest & 0xcccccccccccccccc) << 1 | !!(lowest & 0xf0f0f0f0f0f0f0f0) << 2 |
	       !!(lowest & 0xff00ff00ff00ff00) << 3 | !!(lowest & 0xffff0000ffff0000) << 4 | !!(lowest & 0xffffffff00000000) << 5;
}

/* The first rule of a policy that holds: SKEP_GUARD_NO_ROW for none. */
verified_once __u32 first_held(__u32 number, __u32 first, __u32 end)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return SKEP_GUARD_NO_ROW;
	for (__u32 i = 0; i < SKEP_GUARD_WORDS; i++) {
		__u32 word = first / 64 + i;
		__u64 bits;

		if (word * 64 >= end || word >= SKEP_GUARD_WORDS)
			break;
		bits = s->held[bounded(word, SKEP_GUARD_WORDS - 1)];
		if (i == 0)
			bits &= ~0ULL << (first & 63);
		if (bits)
			return word * 64 + lowest_bit(bits) < end ? word * 64 + lowest_bit(bits) : SKEP_GUARD_NO_ROW;
	}
	return SKEP_GUARD_NO_ROW;
}

struct policy_walk {
	__u32 number;
};

static long next_policy(__u32 i, struct policy_walk *walk)
{
	__u32 rule, action;
	struct skep_guard_policy *p = bpf_map_lookup_elem(&policies, &i);
	struct scratch *s = scratch_of(walk->number);

	if (!p || !s)
		return 1;
	rule = first_held(walk->number, p->first, p->end);
	action = p->default_action;
	if (rule != SKEP_GUARD_NO_ROW) {
		__u32 *of_rule = bpf_map_lookup_elem(&actions, &rule);

		action = of_rule ? *of_rule : ACTION_DENY;
	}
	if (i == 0 || action > s->action) {
		s->action = action;
		s->policy = i;
		s->rule = rule;
	}
	return s->action == ACTION_DENY;
}

struct chunk_walk {
	__u32 number;
	__u32 bytes;
	__u64 first;
};

static long next_chunk(__u32 i, struct chunk_walk *walk)
{
	__u32 at = (walk->first + i) & (SKEP_GUARD_CHUNKS - 1), left = walk->bytes - i * SKEP_GUARD_CHUNK_LEN;
	struct skep_guard_chunk *chunk = bpf_map_lookup_elem(&chunks, &at);
	struct scratch *s = scratch_of(walk->number);

	if (!chunk || !s)
		return 1;
	if (left >= SKEP_GUARD_CHUNK_LEN)
		bpf_probe_read_kernel(chunk->code, SKEP_GUARD_CHUNK_LEN, (void *)(s->insns + i * SKEP_GUARD_CHUNK_LEN));
	else
		bpf_probe_read_kernel(chunk->code, left & (SKEP_GUARD_CHUNK_LEN - 1), (void *)(s->insns + i * SKEP_GUARD_CHUNK_LEN));
	return 0;
}

/* Keeps the code of a program; older code is overwritten. */
verified_once int keep_code(__u32 number)
{
	struct skep_guard_control *c = the_control();
	struct scratch *s = scratch_of(number);
	struct chunk_walk walk = { .number = number };
	__u32 count;

	if (!s || !c || !s->insns)
		return 0;
	walk.bytes = s->insn_cnt * 8;
	count = (walk.bytes + SKEP_GUARD_CHUNK_LEN - 1) / SKEP_GUARD_CHUNK_LEN;
	if (!count || count > SKEP_GUARD_CHUNKS / 2)
		return 0;
	walk.first = __sync_fetch_and_add(&c->next_chunk, count);
	bpf_loop(count, next_chunk, &walk, 0);
	s->record.first_chunk = walk.first;
	s->record.code_chunks = count;
	return 0;
}

/* The record of the decision in scratch. */
verified_once int record(__u32 number)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct skep_guard_control *c = the_control();
	struct scratch *s = scratch_of(number);
	struct skep_guard_record *r;
	__u64 next, id = bpf_get_current_pid_tgid();
	__u32 at;

	if (!s || !c)
		return 0;
	s->record.boot_ns = bpf_ktime_get_boot_ns();
	s->record.generation = tables.generation;
	s->record.policy = s->policy;
	s->record.rule = s->rule;
	s->record.action = s->action;
	s->record.cause = s->cause ? s->cause : s->rule == SKEP_GUARD_NO_ROW ? SKEP_GUARD_BY_DEFAULT : SKEP_GUARD_BY_RULE;
	s->record.operations = s->operations;
	s->record.cmd = s->cmd;
	s->record.pid = id >> 32;
	s->record.tid = id;
	s->record.uid = BPF_CORE_READ(task, cred, uid.val);
	s->record.user_namespace = is_in_first_user_namespace(task);
	s->record.insn_cnt = s->insn_cnt;
	bpf_get_current_comm(s->record.comm, sizeof(s->record.comm));
	read_exe(number);
	s->record.exe_length = keep_path(s, s->record.exe);
	read_cgroup(number);
	s->record.cgroup_length = keep_path(s, s->record.cgroup);
	if (s->operations & SKEP_GUARD_PROG_LOAD)
		keep_code(number);
	next = __sync_fetch_and_add(&c->next_record, 1);
	at = next & (SKEP_GUARD_RECORDS - 1);
	r = bpf_map_lookup_elem(&records, &at);
	if (!r)
		return 0;
	r->number = 0;
	s->record.number = 0;
	bpf_probe_read_kernel(r, sizeof(*r), &s->record);
	__sync_lock_test_and_set(&r->number, next + 1);
	return 0;
}

static __always_inline void count_decision(__u32 policy, __u32 rule)
{
	__u32 at = rule == SKEP_GUARD_NO_ROW ? tables.rules + policy : rule;
	__u64 *count = bpf_map_lookup_elem(&hits, &at);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/* What becomes of the operation in scratch: 0, or -EPERM. */
verified_once int conclude(__u32 number)
{
	struct skep_guard_control *c = the_control();
	struct policy_walk walk = { .number = number };
	struct scratch *s = scratch_of(number);

	if (!s || !c)
		return 0;
	s->action = ACTION_ALLOW;
	s->policy = 0;
	s->rule = SKEP_GUARD_NO_ROW;
	__sync_fetch_and_add(&c->decided, 1);
	if (s->cause) {
		s->action = tables.is_closed ? ACTION_DENY : ACTION_ALERT;
	} else {
		bpf_loop(tables.policies, next_policy, &walk, 0);
		count_decision(s->policy, s->rule);
	}
	if (s->action == ACTION_ALLOW)
		return 0;
	record(number);
	if (s->action != ACTION_DENY) {
		__sync_fetch_and_add(&c->alerted, 1);
		return 0;
	}
	__sync_fetch_and_add(&c->denied, 1);
	return -EPERM;
}

/* Whether policies that were applied for a time have come to its end. */
static __always_inline bool is_over(void)
{
	return tables.until_ns && bpf_ktime_get_boot_ns() > tables.until_ns;
}

/* A scratch for an operation that the policies are about; SCRATCHES when there is nothing to decide, or none. */
verified_once __u32 begin(__u32 operations, __u32 cmd)
{
	struct scratch *s;
	__u32 number;

	if (!(tables.guarded & operations) || is_over())
		return SCRATCHES;
	number = take_scratch();
	s = scratch_of(number);
	if (!s) {
		struct skep_guard_control *c = the_control();

		if (c)
			__sync_fetch_and_add(&c->unjudged, 1);
		return tables.is_closed ? SCRATCHES + 1 : SCRATCHES;
	}
	s->operations = operations;
	s->cmd = cmd;
	s->cause = 0;
	s->insns = 0;
	s->insn_cnt = 0;
	__builtin_memset(&s->record, 0, sizeof(s->record));
	begin_held(number);
	return number;
}

#endif
