/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel side of watch puts into its ring buffer. Shared with C#: build/layouts.awk writes the C# side,
 * a test compiles both against each other. All integers are in native order, all padding is explicit.
 */
#ifndef SKEP_EVENT_H
#define SKEP_EVENT_H

#include "skep_object.h"

#define SKEP_NAME_LEN	 16	/* BPF_OBJ_NAME_LEN and TASK_COMM_LEN */
#define SKEP_ATTR_LEN	 256	/* union bpf_attr is 168 bytes in Linux 6.18 */
#define SKEP_REFS	 4	/* descriptors named by one attr */
#define SKEP_PROG_MAPS	 64	/* MAX_USED_MAPS */
#define SKEP_TARGET_LEN	 128
#define SKEP_ACKS	 4
#define SKEP_BLOB_PIECE	 16384
#define SKEP_PATH_LEN	 4096
#define SKEP_ARGV_LEN	 512	/* bytes of a command line that are reported */
#define SKEP_SMALL_BTF	 256
#define SKEP_NO_LOGINUID (~0U)	/* of who was not logged in, and of kernels without CONFIG_AUDIT */

/* What user space asks for, before the load: the verifier drops the code of what is off. */
struct skep_settings {
	__u64 ring_size;
	__u64 user_bytes;	/* of the ring, for each user without CAP_BPF; 0: no limit */
	__u64 cmd_mask;		/* commands of bpf(2) below 64 that are reported */
	__u32 syscall_mask;	/* bits of enum skep_syscall_kind */
	__u32 self_pid;		/* the watcher, to hide it; 0: not hidden */
	__u32 watcher_pid;	/* whose children are followed */
	__u32 only_uid;
	__u32 possible_cpus;
	__u32 log_limit;	/* bytes of a verifier log that are kept: its end */
	__u32 tracepoint_flag;	/* TRACE_EVENT_FL_TRACEPOINT: of an enum without a name, which CO-RE cannot find */
	__u8 follow_children;	/* only the children of watcher_pid */
	__u8 filter_pids;	/* only those in followed */
	__u8 filter_uid;
	__u8 whole_elements;	/* report element operations one by one */
	__u8 small_btf;		/* send BTF of at most SKEP_SMALL_BTF bytes */
	__u8 pad[7];
};

enum skep_record_kind {
	SKEP_RECORD_CALL = 1,
	SKEP_RECORD_BLOB = 2,
	SKEP_RECORD_PROCESS = 3,
};

enum skep_syscall_kind {
	SKEP_SYS_BPF = 1,
	SKEP_SYS_IOCTL = 2,
	SKEP_SYS_SETSOCKOPT = 3,
	SKEP_SYS_SECCOMP = 4,
	SKEP_SYS_PRCTL = 5,
	SKEP_SYS_SENDMSG = 6,
	SKEP_SYS_SENDTO = 7,
	SKEP_SYS_WRITE = 8,	/* from here on: to a netlink socket */
	SKEP_SYS_WRITEV = 9,
	SKEP_SYS_SENDMMSG = 10,
	SKEP_SYS_SEND_BY_OTHER = 11, /* its number is in cmd */
};

/* skep_entry.flags */
enum skep_call_flags {
	SKEP_CALL_COMPAT = 1 << 0,	/* a 32-bit system call */
	SKEP_CALL_NO_ENTER = 1 << 1,	/* begun before the watch, refused before its entry was traced, or no room */
	SKEP_CALL_NO_EXIT = 1 << 2,	/* the task ended inside the call */
	SKEP_CALL_ENTER_FAULT = 1 << 3,	/* the attr could not be read at entry */
	SKEP_CALL_EXIT_FAULT = 1 << 4,	/* the attr could not be read at exit */
	SKEP_CALL_OPEN = 1 << 5,	/* with NO_EXIT: the task went on, its exit was not seen; or the watch ended first */
	SKEP_CALL_SECCOMP = 1 << 6,	/* with NO_ENTER: trapped by a seccomp filter, not executed */
	SKEP_CALL_REPLACED = 1 << 7,	/* the returned descriptor stood for another object at exit */
	SKEP_CALL_LEFT_OUT = 1 << 8,	/* what it carries is left out: its user has no more room in the ring */
	SKEP_CALL_KERNEL = 1 << 9,	/* made by a BPF program or the kernel itself: no system call, and its memory is the kernel's */
	SKEP_CALL_IO_URING = 1 << 10,	/* asked for by io_uring_enter */
	SKEP_CALL_TAKEN = 1 << 11,	/* the attr is the kernel's own copy */
	SKEP_CALL_CODE_TAKEN = 1 << 12,	/* so is the code */
	SKEP_CALL_COMMON = 1 << 14,	/* the fourth argument leads to a struct bpf_common_attr, the fifth is its size */
	SKEP_CALL_ONCE = 1 << 13,	/* code that the kernel made no copy of is read once, when the call ends */
};

enum skep_blob_kind {
	SKEP_BLOB_INSNS_ENTER = 1,
	SKEP_BLOB_INSNS_EXIT = 2,
	SKEP_BLOB_LOG = 3,
	SKEP_BLOB_PATH = 4,	/* OBJ_PIN and OBJ_GET, uprobe_multi */
	SKEP_BLOB_NAME = 5,	/* RAW_TRACEPOINT_OPEN */
	SKEP_BLOB_LICENSE = 6,
	SKEP_BLOB_NETLINK = 7,
	SKEP_BLOB_KEY = 8,
	SKEP_BLOB_VALUE = 9,
	SKEP_BLOB_TARGET = 10,	/* path of a cgroup that an attach names, leaf first, NUL between; its id is the address */
	SKEP_BLOB_FILTER_ENTER = 11, /* classic instructions */
	SKEP_BLOB_FILTER_EXIT = 12,
	SKEP_BLOB_MAP_FDS = 13,	/* struct skep_map_fd for each map that instructions name */
	SKEP_BLOB_BTF_ENTER = 14,
	SKEP_BLOB_BTF_EXIT = 15,
	SKEP_BLOB_CODE = 16,	/* instructions, of a program or classic: the kernel's own copy */
};

/* A descriptor in a program's instructions, and the map that it stood for when the load began. */
struct skep_map_fd {
	__s32 fd;
	__u32 id;
};

/* A descriptor that a call names, and what it stood for when the call was made. */
struct skep_ref {
	__s32 fd;
	enum skep_object_kind kind;
	__u32 offset;	/* of the descriptor in the attr or the netlink message */
	__u32 id;	/* of the BPF object; inode of a network namespace; type of a perf event */
	__u32 type;	/* of the map, program or link */
	__u32 pad;
	__u64 extra;	/* id of a cgroup, config of a perf event, address family of a socket */
	char name[SKEP_NAME_LEN];
};

struct skep_prog {
	__u32 id;
	__u32 type;
	__u8 tag[8];
	__u8 digest[32];	/* zero before Linux 6.18 */
	char name[SKEP_NAME_LEN];
	__u32 insns_xlated;
	__u32 insns_verified;	/* zero before Linux 5.16 */
	__u32 expected_attach_type;
	__u32 attach_btf_id;
	__u32 gpl_compatible;
	__u32 btf_id;
	__u32 map_count;
	__u32 bytes_jited;
	__u32 map_ids[SKEP_PROG_MAPS];
};

struct skep_map {
	__u32 id;
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 flags;
	__u32 btf_id;
	char name[SKEP_NAME_LEN];
};

struct skep_link {
	__u32 id;
	__u32 type;
	__u32 prog_id;
	__u32 attach_type;	/* ~0 where the kernel's link does not hold it */
	__u32 ifindex;
	__u32 netns;
	__u64 cgroup_id;
	__u32 perf_type;
	__u32 map_id;
	__u64 perf_config;
};

union skep_made {
	struct skep_prog prog;
	struct skep_map map;
	struct skep_link link;
};

/* The object behind the descriptor that the call returned, from the kernel's own structures. */
struct skep_result {
	enum skep_object_kind kind;
	__u32 id;
	union skep_made object;
};

/* What is known when a call begins. */
struct skep_entry {
	enum skep_record_kind record;	/* SKEP_RECORD_CALL */
	enum skep_call_flags flags;
	__u64 call_id;
	__u64 enter_ns;	/* CLOCK_MONOTONIC */
	enum skep_syscall_kind syscall;
	__u32 cmd;	/* of bpf(2); option of the others */
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u64 process_start;	/* ns since boot: with pid, one process */
	__u64 cgroup_id;
	__u32 netns;
	__u32 attr_size;	/* as passed */
	char comm[SKEP_NAME_LEN];
	char parent_comm[SKEP_NAME_LEN];	/* of the parent's first thread */
	__u32 loginuid;
	__u32 pad;
	__u64 args[6];
	__u8 attr[SKEP_ATTR_LEN];
	struct skep_ref refs[SKEP_REFS];
	__u32 filter_len;	/* classic instructions */
	__u32 netlink_len;	/* bytes of the netlink message */
	__u64 filter_addr;
	char target[SKEP_TARGET_LEN];	/* "group/name" of a tracepoint, symbol, path */
	__u64 target_offset;
};

struct skep_ack {
	__u32 seq;
	__s32 error;
};

struct skep_call {
	struct skep_entry entry;
	__u64 exit_ns;
	__s64 ret;
	__u8 attr[SKEP_ATTR_LEN];
	char target[SKEP_TARGET_LEN];	/* what the result is attached to, in the kernel's words */
	__u64 target_offset;
	struct skep_ack acks[SKEP_ACKS];
	__u32 ack_count;
	__u32 pieces_lost;	/* pieces of blobs of this call that found no room */
	struct skep_result result;	/* not sent when there is none */
};

struct skep_blob {
	enum skep_record_kind record;	/* SKEP_RECORD_BLOB */
	enum skep_blob_kind blob;
	__u64 call_id;
	__u64 address;	/* in the process, of this piece; of SKEP_BLOB_TARGET: id of the cgroup */
	__u32 offset;	/* of this piece in the whole */
	__u32 length;	/* bytes that follow */
	__u32 total;	/* bytes of the whole */
	__u32 missing;	/* bit n: page n of this piece could not be read and is zero */
	__u32 tid;	/* a thread is in one call at a time: its next one ends what was left of this */
	__u32 pad;
};

enum skep_argv_state {
	SKEP_ARGV_WHOLE = 0,
	SKEP_ARGV_CUT = 1,	/* longer than SKEP_ARGV_LEN */
	SKEP_ARGV_UNREAD = 2,	/* not in memory, and a tracepoint may not wait for it */
	SKEP_ARGV_NONE = 3,	/* the task has no memory of its own */
};

/*
 * Precedes the first call of a process, of a program that it executes, and the first after its command line has changed.
 * Followed by the executable and the cgroup, as their components, leaf first, each with its NUL, and by the command line.
 */
struct skep_process {
	enum skep_record_kind record;	/* SKEP_RECORD_PROCESS */
	__u32 pid;
	__u64 process_start;
	__u64 cgroup_id;
	__u32 exe_length;
	__u32 cgroup_length;
	__u32 exe_deleted;
	__u32 cgroup_hierarchy;	/* 0: v2, 1: the v1 controller that holds it */
	__u32 argv_length;	/* bytes that are sent */
	enum skep_argv_state argv_state;
};

/* Element operations are counted, not reported one by one. */
struct skep_element_key {
	__u32 map_id;
	__u32 cmd;
	__u32 pid;
	__u32 pad;
};

struct skep_element_count {
	__u64 calls;
	__u64 errors;
	__u64 process_start;
	__u32 map_type;
	__u32 uid;
	char map_name[SKEP_NAME_LEN];
	char comm[SKEP_NAME_LEN];
};

/* What a user without CAP_BPF has left of the ring, and what was left out for want of it. */
struct skep_share {
	__s64 left;	/* bytes */
	__u64 filled_ns;
	__s64 open;	/* calls under way */
	__u64 calls;	/* left out */
	__u64 pieces;	/* blobs left out of calls that were reported */
};

/* Slots of the counters map. */
enum skep_counter_slot {
	SKEP_CALLS_MADE = 0,
	SKEP_CALLS_LOST = 1,	/* no room in the ring buffer */
	SKEP_ENTRIES_LOST = 2,	/* no room for the state of a call under way */
	SKEP_PIECES_LOST = 3,
	SKEP_PROCESSES_LOST = 4,
	SKEP_ELEMENTS_MADE = 5,
	SKEP_ELEMENTS_LOST = 6,	/* element operations that found no counter */
	SKEP_CALLS_LEFT_OUT = 7,	/* over what a user without CAP_BPF may take */
	SKEP_PIECES_LEFT_OUT = 8,
	SKEP_OWN_CALLS = 9,	/* of the watcher, whether they are to be reported or not */
	SKEP_COUNTERS = 10,
};

#endif
