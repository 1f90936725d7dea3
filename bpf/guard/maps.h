/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of guard. */
#ifndef SKEP_GUARD_MAPS_H
#define SKEP_GUARD_MAPS_H

#define SCRATCHES  64
#define UNPRIVILEGED_SCRATCHES 16	/* all that callers without privileges have together */
#define CAPABILITY_SYS_ADMIN 21
#define CAPABILITY_BPF	     39
#define COMPONENTS 64
#define HELPERS	   256

const volatile struct skep_guard_tables tables SEC(".rodata.tables");

/* The first three go on from policies to policies. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct skep_guard_control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SKEP_GUARD_RECORDS);
	__type(key, __u32);
	__type(value, struct skep_guard_record);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SKEP_GUARD_CHUNKS);
	__type(key, __u32);
	__type(value, struct skep_guard_chunk);
} chunks SEC(".maps");

/* Of those below, user space sets how many entries they have. No program may write to those that it fills, and it freezes them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct skep_guard_row);
} rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct skep_guard_policy);
} policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, __u32);
} actions SEC(".maps");

/* How often each rule decided; behind the rules, the defaults of the policies. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct skep_guard_number_key);
	__type(value, __u32);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, struct skep_guard_text_key);
	__type(value, __u32);
} texts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct skep_guard_range);
} ranges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct skep_guard_pattern);
} patterns SEC(".maps");

/* Objects that only skep may change: ids of maps, of links, of programs, by kind. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, __u64);	/* enum skep_object_kind << 32 | id */
	__type(value, __u32);	/* enum skep_guard_protection */
} protected SEC(".maps");

/* What one decision works on. The programs are not sleepable, but may be preempted: each run has one of its own. */
struct scratch {
	__u32 busy;
	__u32 operations;
	__u32 cmd;
	__u32 cause;		/* why it cannot be judged; SKEP_GUARD_BY_RULE when it can */
	__u32 text_at;		/* where the text begins in path */
	__u32 components;
	__u32 device;
	__u64 insns;		/* address of the code */
	__u32 insn_cnt;
	__u32 wants_digest;
	__u32 after_map;	/* the instruction before was the first half of one that names a map */
	__u32 after_wide;
	__u32 calls_module;
	__u32 kfuncs;
	__u32 policy;		/* that decides, and how */
	__u32 rule;
	__u32 action;
	__u32 pad;
	__u8 helpers[HELPERS];
	__u32 kfunc_ids[64];
	__u64 held[SKEP_GUARD_WORDS];	/* rules whose conditions hold so far */
	__u64 demanded[SKEP_GUARD_WORDS];
	__u64 forbidden[SKEP_GUARD_WORDS];
	__u32 state[8];
	__u32 schedule[64];
	__u64 block[8];
	__u16 starts[COMPONENTS];	/* of components of a path in path, the last one first */
	__u16 ends[COMPONENTS];
	struct skep_guard_text_key key;
	struct skep_guard_record record;
	__u8 path[SKEP_GUARD_PATH_LEN + SKEP_GUARD_TEXT_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* A number masked where the compiler cannot see that it is within bounds: what it leaves out the verifier asks for. */
static __always_inline __u32 bounded(__u32 number, __u32 mask)
{
	asm volatile("" : "+r"(number));
	return number & mask;
}

static __always_inline struct scratch *scratch_of(__u32 number)
{
	return bpf_map_lookup_elem(&scratches, &number);
}

static __always_inline bool is_in_first_user_namespace(struct task_struct *task)
{
	return !BPF_CORE_READ(task, cred, user_ns, parent);
}

/* Whether the caller has CAP_BPF or CAP_SYS_ADMIN in the first user namespace. Anybody may call bpf(2). */
static __always_inline bool is_privileged(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 effective = BPF_CORE_READ(task, cred, cap_effective.val);

	return is_in_first_user_namespace(task) && effective & (1ULL << CAPABILITY_BPF | 1ULL << CAPABILITY_SYS_ADMIN);
}

/* Takes a scratch that nobody uses; SCRATCHES when there is none. */
verified_once __u32 take_scratch(void)
{
	__u32 first = bpf_get_smp_processor_id(), mask = is_privileged() ? SCRATCHES - 1 : UNPRIVILEGED_SCRATCHES - 1;

	for (__u32 i = 0; i < SCRATCHES; i++) {
		__u32 number = (first + i) & mask;
		struct scratch *s = scratch_of(number);

		if (s && __sync_val_compare_and_swap(&s->busy, 0, 1) == 0)
			return number;
	}
	return SCRATCHES;
}

static __always_inline void leave_scratch(struct scratch *s)
{
	__sync_val_compare_and_swap(&s->busy, 1, 0);
}

static __always_inline struct skep_guard_control *the_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

static __always_inline bool is_wanted(__u32 kind)
{
	return tables.wanted >> kind & 1;
}

#endif
