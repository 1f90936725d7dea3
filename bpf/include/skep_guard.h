/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables of policies and records of decisions, shared with C# (build/layouts.awk writes the C# side). The tables are made for one set of
 * policies and frozen; other policies are other maps, and programs that read them.
 */
#ifndef SKEP_GUARD_H
#define SKEP_GUARD_H

#define SKEP_GUARD_WORDS	64	/* of 64 rules each */
#define SKEP_GUARD_RULES	4096
#define SKEP_GUARD_POLICIES	1024
#define SKEP_GUARD_KINDS	24
#define SKEP_GUARD_OPERATIONS	9
#define SKEP_GUARD_TEXT_LEN	256
#define SKEP_GUARD_PATH_LEN	1024	/* what a longer one is like is unknown */
#define SKEP_GUARD_PATTERNS	256	/* of one kind */
#define SKEP_GUARD_RECORDS	4096
#define SKEP_GUARD_CHUNK_LEN	4096
#define SKEP_GUARD_CHUNKS	4096	/* the longest program has 2,048 */
#define SKEP_GUARD_NO_ROW	(~0U)

/* What conditions compare: ConditionKind of Skep.Guard. */
enum skep_guard_kind {
	SKEP_GUARD_PROG_TYPE = 0,
	SKEP_GUARD_EXPECTED_ATTACH_TYPE = 1,
	SKEP_GUARD_ATTACH_FUNCTION = 2,
	SKEP_GUARD_HELPER = 3,
	SKEP_GUARD_KFUNC = 4,
	SKEP_GUARD_MAP_TYPE = 5,
	SKEP_GUARD_INSN_CNT = 6,
	SKEP_GUARD_PROG_NAME = 7,
	SKEP_GUARD_SHA256 = 8,
	SKEP_GUARD_TAG = 9,
	SKEP_GUARD_SIGNED = 10,
	SKEP_GUARD_KEYRING = 11,
	SKEP_GUARD_UID = 12,
	SKEP_GUARD_CAPABILITY = 13,
	SKEP_GUARD_EXE = 14,
	SKEP_GUARD_EXE_SHA256 = 15,
	SKEP_GUARD_CGROUP = 16,
	SKEP_GUARD_UNIT = 17,
	SKEP_GUARD_CONTAINER = 18,
	SKEP_GUARD_POD = 19,
	SKEP_GUARD_USER_NAMESPACE = 20,
	SKEP_GUARD_TOKEN = 21,
	SKEP_GUARD_TIME = 22,
	SKEP_GUARD_FINDING = 23,
};

/* Bits of GuardOperations of Skep.Guard. */
enum skep_guard_operation {
	SKEP_GUARD_PROG_LOAD = 1 << 0,
	SKEP_GUARD_MAP_CREATE = 1 << 1,
	SKEP_GUARD_MAP_WRITE = 1 << 2,
	SKEP_GUARD_ATTACH = 1 << 3,
	SKEP_GUARD_DETACH = 1 << 4,
	SKEP_GUARD_LINK = 1 << 5,
	SKEP_GUARD_PIN = 1 << 6,
	SKEP_GUARD_BTF_LOAD = 1 << 7,
	SKEP_GUARD_TOKEN_CREATE = 1 << 8,
};

/* Why a decision is what it is. */
enum skep_guard_cause {
	SKEP_GUARD_BY_RULE = 0,
	SKEP_GUARD_BY_DEFAULT = 1,
	SKEP_GUARD_UNREADABLE = 2,	/* cannot be judged */
	SKEP_GUARD_IS_PROTECTED = 3,
};

/* Who else may have a descriptor of a protected map. */
enum skep_guard_protection {
	SKEP_GUARD_FROM_WRITES = 1,	/* whoever only reads */
	SKEP_GUARD_WHOLLY = 2,		/* nobody: a program that has one may write */
	SKEP_GUARD_ABOVE = 3,		/* a directory above protected pins: it keeps its place, what else is in it does not matter */
};

/* Bit r of word r / 64: whether rule r holds as far as one fact is concerned. Of kinds with several facts at once, a row of what
 * positive conditions demand is followed by one of what negated ones forbid. */
struct skep_guard_row {
	__u64 rules[SKEP_GUARD_WORDS];
};

/* The policies, before the load: the verifier drops the code of what they do not ask for. */
struct skep_guard_tables {
	__u32 words;		/* of a row that are in use */
	__u32 rules;
	__u32 policies;
	__u32 wanted;		/* bits of kinds that any rule compares */
	__u32 pad;
	__u32 is_closed;	/* whether what cannot be judged fails */
	__s64 utc_offset;	/* seconds to add to CLOCK_TAI */
	__u32 guarded;		/* bits of operations that can be decided otherwise than allow */
	__u32 generation;	/* of the policies: decisions are recorded with it */
	__u64 until_ns;		/* CLOCK_BOOTTIME until which they decide; 0: without end */
	__u32 operation_rows[SKEP_GUARD_OPERATIONS];
	__u32 default_rows[SKEP_GUARD_KINDS]; /* where no value holds */
	__u32 unknown_rows[SKEP_GUARD_KINDS]; /* where that cannot be found out: no rule that allows or reports, any that denies */
	__u32 range_starts[SKEP_GUARD_KINDS];
	__u32 range_counts[SKEP_GUARD_KINDS];
	__u32 pattern_starts[SKEP_GUARD_KINDS];
	__u32 pattern_counts[SKEP_GUARD_KINDS];
	__u32 protects;		/* whether anything is protected */
	__u64 skep_inode;	/* the program that may change what is protected */
	__u32 skep_device;
	__u32 protects_programs; /* whether programs of others are protected */
};

struct skep_guard_policy {
	__u32 first;		/* rule */
	__u32 end;
	__u32 default_action;
	__u32 pad;
};

struct skep_guard_number_key {
	__u32 kind;
	__u32 pad;
	__u64 number;
};

struct skep_guard_text_key {
	__u32 kind;
	__u32 device;		/* of an executable */
	__u32 length;
	__u32 pad;
	__u8 text[SKEP_GUARD_TEXT_LEN];
};

/* Numbers from @low up to the next range's. */
struct skep_guard_range {
	__u32 low;
	__u32 row;
};

struct skep_guard_pattern {
	__u32 device;
	__u32 row;
	__u32 prefix;		/* bytes of text, and behind them */
	__u32 suffix;
	__u8 text[SKEP_GUARD_TEXT_LEN];
};

/* Of all policies since the first were applied. */
struct skep_guard_control {
	__u64 next_record;
	__u64 next_chunk;
	__u64 decided;
	__u64 denied;
	__u64 alerted;
	__u64 seen;		/* calls of bpf(2), about: whether the hooks run */
	__u64 unjudged;		/* operations for which there was no room to work in: done, or with fail = "closed" refused */
};

/* A decision other than to allow. */
struct skep_guard_record {
	__u64 number;		/* from 1; written last, 0 while the rest is */
	__u64 boot_ns;
	__u32 generation;
	__u32 policy;
	__u32 rule;		/* of all policies; SKEP_GUARD_NO_ROW for a default */
	__u32 action;
	__u32 cause;
	__u32 operations;
	__u32 cmd;
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 user_namespace;	/* 1 when it is the first */
	__u32 prog_type;
	__u32 expected_attach_type;
	__u32 insn_cnt;
	__u32 map_type;
	__u32 object_id;
	__u32 code_chunks;	/* 0: the code was not kept */
	__u32 exe_device;
	__u64 first_chunk;
	__u64 cgroup_id;
	__u64 exe_inode;
	char comm[16];
	char name[16];		/* of the program or map */
	__u32 exe_length;
	__u32 cgroup_length;
	__u8 exe[SKEP_GUARD_TEXT_LEN];	/* in its file system; the end of a longer one */
	__u8 cgroup[SKEP_GUARD_TEXT_LEN];
};

struct skep_guard_chunk {
	__u8 code[SKEP_GUARD_CHUNK_LEN];
};

#endif
