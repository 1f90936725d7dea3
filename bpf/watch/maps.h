/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps, settings and counters of watch. */
#ifndef SKEP_WATCH_MAPS_H
#define SKEP_WATCH_MAPS_H

const volatile struct skep_settings settings SEC(".rodata.settings");

/* Pieces of blobs leave this much for the records of calls. */
#define RING_RESERVE_SHIFT 4

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 * 1024 * 1024);
} events SEC(".maps");

struct pending {
	struct skep_entry entry;
	__u32 pieces_lost;
	__u32 strings_missing;	/* bits of blob kinds that could not be read at entry */
	__u64 last_answer;	/* of a netlink socket: what was at the end of its queue */
	__u64 enter_boot_ns;	/* CLOCK_BOOTTIME, by which programs are dated */
	__s32 nr;		/* number of the system call */
	__u32 user;		/* who pays for it; NO_USER */
	__u32 holds_open;	/* counted among the calls that the user has under way */
	__u32 ack_count;
	__u32 in_message;	/* of the request: one that concerns BPF */
	__u32 pad;
	struct skep_ack acks[SKEP_ACKS]; /* of a netlink request, where its messages are seen one by one */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);	/* key_of_call() */
	__type(value, struct pending);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);	/* tgid */
	__type(value, __u8);
} followed SEC(".maps");

/* Processes that user space has the record of, as it was sent. */
struct known_process {
	__u64 start;
	__u64 exec_id;
	__u64 cgroup_id;
	__u32 argv_length;
	enum skep_argv_state argv_state;
	__u64 argv[SKEP_ARGV_LEN / 8];	/* zero behind its length, up to the next word */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);	/* tgid */
	__type(value, struct known_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct skep_element_key);
	__type(value, struct skep_element_count);
} elements SEC(".maps");

struct cpu_counters {
	__u64 slots[SKEP_COUNTERS];
} __attribute__((aligned(128)));	/* no cache line of two CPUs */

/*
 * By the CPU's number; the watcher has as many as there are CPUs, and reads its own mapping: while bpf(2) reads a map's element, the kernel
 * runs no programs of kprobes and perf events on that CPU (bpf_disable_instrumentation), though it may preempt the reader.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_counters);
} counters SEC(".maps");

struct scratch {
	struct pending pending;	/* the call at hand, at its entry and again at its exit */
	struct skep_call end;
	__u64 next_call;
	char target[SKEP_TARGET_LEN];
	__u64 target_offset;
	struct {
		__u64 address;
		__u32 length;
		__u32 start;
		__u32 done;
		__u32 lost;
		__u32 of_kernel;	/* the memory is the kernel's */
		__u32 pad;
	} copy;
	struct skep_map_fd map_fds[SKEP_PROG_MAPS];
	__u32 map_fd_count;
	__u32 user;		/* of the last admit() */
	__u32 netlink_refs;	/* slots of pending.entry.refs that are taken */
	__u32 pad;
	struct {
		struct skep_blob blob;
		__u8 data[SKEP_BLOB_PIECE];
	} piece;
};

#define SCRATCHES 4	/* of each CPU */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

#define PATH_ROOM (2 * SKEP_PATH_LEN)
#define NAME_ROOM 256	/* NAME_MAX and its NUL */

struct path_scratch {
	struct skep_process process;
	char path[PATH_ROOM + NAME_ROOM + SKEP_ARGV_LEN];
	struct known_process now;
	struct {
		void *dentry, *mnt, *root, *root_mnt, *kn;
		__u32 end;
		__u32 pad;
	} walk;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct path_scratch);
} path_scratches SEC(".maps");

/* The threads that have the scratches of a CPU, 0 where one is free. */
struct scratch_owners {
	__u32 tid[SCRATCHES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch_owners);
} owners SEC(".maps");

/* Calls from within the kernel, and its own copies of what calls carry, are seen by those that define this before. */
#ifndef SEES_KERNEL
#define SEES_KERNEL 0
#endif

static __always_inline long read_memory(void *to, __u32 size, __u64 from, bool of_kernel)
{
	return SEES_KERNEL && of_kernel ? bpf_probe_read_kernel(to, size, (void *)from) : bpf_probe_read_user(to, size, (void *)from);
}

/* A thread is in one system call at a time, and in one call that a BPF program makes within it. */
static __always_inline __u64 key_of_call(__u32 tid, __u32 flags)
{
	return SEES_KERNEL && flags & SKEP_CALL_KERNEL ? 1ULL << 32 | tid : tid;
}

/* The verifier must see the bound in the register that carries the number. */
static __always_inline __u64 at_most(__u64 n, __u64 max)
{
	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(n) : "r"(max));
	return n;
}

static __always_inline void count(__u32 slot)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_counters *of = bpf_map_lookup_elem(&counters, &cpu);

	if (of)
		__sync_fetch_and_add(&of->slots[slot], 1); /* another thread may count on this CPU between a load and a store */
}

/* Set when the watch ends: calls that begin then are not reported. */
volatile __u32 ending;

static __always_inline struct scratch_owners *owners_of_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&owners, &zero);
}

/* Which scratch the thread has; SCRATCHES when it has none. Without a branch: the verifier would follow each of them from everywhere. */
static __always_inline __u32 scratch_of_thread(void)
{
	__u64 tid = (__u32)bpf_get_current_pid_tgid(), differ[SCRATCHES];
	struct scratch_owners *o = owners_of_cpu();

	if (!o)
		return SCRATCHES;
#pragma unroll
	for (int i = 0; i < SCRATCHES; i++) {
		differ[i] = tid - o->tid[i];
		asm volatile("%0 |= %1" : "+r"(differ[i]) : "r"(-differ[i]));
		differ[i] >>= 63;
	}
	return differ[0] * (1 + differ[1] * (1 + differ[2] * (1 + differ[3])));
}

static __always_inline struct scratch *scratch_at_hand(void)
{
	__u32 n = scratch_of_thread();

	return bpf_map_lookup_elem(&scratches, &n);
}

static __always_inline struct path_scratch *path_scratch_at_hand(void)
{
	__u32 n = scratch_of_thread();

	return bpf_map_lookup_elem(&path_scratches, &n);
}

/*
 * Programs of trampolines may be preempted, since Linux 7.0 those of raw tracepoints as well: another thread may then make a call on the
 * same CPU. A thread that finds no scratch is not seen here, which is counted.
 */
static __always_inline bool take_scratch(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct scratch_owners *o = owners_of_cpu();

	if (!o || scratch_of_thread() < SCRATCHES)
		return false;
	for (int i = 0; i < SCRATCHES; i++)
		if (!__sync_val_compare_and_swap(&o->tid[i], 0, tid))
			return true;
	return false;
}

static __always_inline void leave_scratch(void)
{
	struct scratch_owners *o = owners_of_cpu();
	__u32 n = scratch_of_thread();

	if (o && n < SCRATCHES)
		*(volatile __u32 *)&o->tid[n] = 0;
}

#endif
