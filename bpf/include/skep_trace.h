/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a trace of a program sends. Shared with C#: build/layouts.awk writes the C# side. */
#ifndef SKEP_TRACE_H
#define SKEP_TRACE_H

#define SKEP_MOST_ARGS 5
#define SKEP_MOST_FRAMES 32
#define SKEP_MOST_RANGES 64
#define SKEP_HISTOGRAM_SLOTS 64
#define SKEP_TEXT_BYTES 1024

enum skep_trace_kind {
	SKEP_TRACE_ENTRY = 1, /* the packet or the context before the call */
	SKEP_TRACE_EXIT = 2,  /* the call, and the packet after it */
	SKEP_TRACE_PRINT = 3, /* text of bpf_trace_printk */
};

/* What the traced function is given as its context. */
enum skep_trace_context {
	SKEP_CONTEXT_NONE = 0,
	SKEP_CONTEXT_XDP = 1,
	SKEP_CONTEXT_SKB = 2,
	SKEP_CONTEXT_BYTES = 3,
};

enum skep_trace_counter {
	SKEP_TRACED_CALLS = 0,	/* that came to their end */
	SKEP_TRACED_LOST = 1,	/* records that had no room */
	SKEP_TRACED_UNKEPT = 2, /* calls whose beginning could not be kept */
};

/* Of a packet's device and buffer. */
struct skep_trace_packet {
	__u32 length;	/* with what is not linear */
	__u32 metadata; /* bytes of XDP's metadata, which come first */
	__u32 ifindex;
	__u32 queue;
	__u32 hardware; /* ARPHRD_* of the device */
	__u32 egress;	/* the device that it leaves by, of XDP */
	__u32 mark;
	__u32 priority;
	__u32 hash;
	__u32 ingress;
	__u32 napi;
	__u32 protocol;
	__u32 vlan_proto;
	__u32 vlan_tci;
	__u32 tc_index;
	__u32 padding;
	__u32 control[5];
	char device[16];
	__u32 padding2;
};

/* Before the bytes: those of the stack first, then those of the packet, the context or the text. */
struct skep_traced {
	enum skep_trace_kind kind;
	__u32 cpu;
	__u64 time; /* CLOCK_MONOTONIC */
	__u64 call; /* the same at entry and exit */
	__u64 duration;
	__u64 result;
	__u64 args[SKEP_MOST_ARGS];
	__u32 arg_count;
	__u32 stack_bytes;
	__u32 data_bytes;
	__u32 pid;
	__u32 tid;
	__u32 function; /* its number among those that are traced */
	char comm[16];
	struct skep_trace_packet packet;
};

/* The machine code of a function. */
struct skep_trace_range {
	__u64 start;
	__u64 end;
};

struct skep_trace_settings {
	enum skep_trace_context context;
	__u32 context_arg; /* which argument it is */
	__u32 at_entry;	   /* whether the context is sent as it is before the call */
	__u32 is_helper;   /* whether the function is the kernel's, and only calls by the program count */
	__u32 function;	   /* its number, for records */
	__u32 range_count; /* of the program's machine code */
	__u64 text_start;  /* of the kernel's own code */
	__u64 text_end;
};

#endif
