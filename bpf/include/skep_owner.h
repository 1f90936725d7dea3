/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the iterators of the inventory write. Shared with C#: build/layouts.awk writes the C# side. */
#ifndef SKEP_OWNER_H
#define SKEP_OWNER_H

#include "skep_object.h"

#define SKEP_SOCKET_MAPS 4
#define SKEP_SOCKET_PATH 112

/* owners.bpf.c: a descriptor that stands for an object, or for a socket that has code. */
struct skep_owner {
	enum skep_object_kind kind;
	__u32 id;	/* of the program, map, link or BTF object; of a perf event, its program's */
	__u32 prog_id;	/* a link's program, or 0 */
	__u32 pid;	/* as the reader's pid namespace numbers it */
	__u32 fd;
	__u32 perf_type;
	__u64 perf_config;
	char comm[16];
};

/* A program that the socket layer runs. */
struct skep_code {
	__u32 type;	/* enum bpf_prog_type; 0 for classic code */
	__u32 id;	/* 0 for classic code */
	__u32 insns;	/* as they were given: classic instructions of classic code */
	__u32 present;
};

/* Follows each owner of kind SKEP_OBJ_SOCKET. */
struct skep_socket {
	__u64 inode;
	__u32 netns;
	__u32 ifindex;	/* that it is bound to, or 0 */
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u16 state;
	__u16 local_port;
	__u16 remote_port;
	__u32 locked;	/* SO_LOCK_FILTER */
	__u8 local_address[16];
	__u8 remote_address[16];
	struct skep_code filter;
	struct skep_code reuseport;
	__u32 map_ids[SKEP_SOCKET_MAPS];	/* sockmaps and sockhashes that it is in */
	__u32 verdict_ids[4];	/* their programs: sk_msg, stream parser, stream verdict, sk_skb */
	char path[SKEP_SOCKET_PATH];	/* of a unix socket; begins with NUL for an abstract one */
};

/* inventory/lists.h: an object of one of the kernel's own lists. */
struct skep_object {
	enum skep_object_kind kind;	/* SKEP_OBJ_OTHER: a program of a struct_ops map */
	__u32 id;
	__u32 type;	/* of a struct_ops map's program: which member of the struct it is */
	__u32 extra;	/* program: pages; map: max_entries; link: its program; struct_ops: the map */
	__u32 netns;	/* of a link's device or netfilter hook; 0 for none */
	__u32 btf_id;	/* of a struct_ops map's program: the struct */
	__u8 tag[8];	/* of a program */
	char name[16];
};

enum skep_seccomp_kind {
	SKEP_SECCOMP_TASK = 1,
	SKEP_SECCOMP_FILTER = 2,	/* of the task before it, the newest first */
};

/* inventory/seccomp.h */
struct skep_seccomp {
	enum skep_seccomp_kind kind;
	__u32 mode;	/* of the task: 1 strict, 2 filter */
	__u32 pid;	/* process and thread, as the reader's pid namespace numbers them */
	__u32 tid;
	__u32 insns;	/* of a filter: classic instructions where the kernel kept them */
	__u32 flags;	/* of a filter: 1 logs, 2 has a listener; of a task: how many filters */
	__u64 filter;	/* its address, which is the same in all tasks that share it */
	__u64 start;	/* of the task: when it was started, ns since boot */
	char comm[16];
};

#endif
