/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the iterator for perf buffers writes. Shared with C#: build/layouts.awk writes the C# side. */
#ifndef SKEP_PERF_OUTPUT_H
#define SKEP_PERF_OUTPUT_H

enum skep_perf_output_kind {
	SKEP_PERF_SLOT = 1,	  /* the map's slot holds the event */
	SKEP_PERF_DESCRIPTOR = 2, /* a process holds the event by a descriptor */
};

struct skep_perf_output {
	__u64 event; /* the kernel's address: the same event has the same */
	__u64 sample_type;
	enum skep_perf_output_kind kind;
	__u32 slot;
	__u32 pid;
	__u32 fd;
	__u32 pages; /* of its ring; 0 when nobody has mapped one */
	__u32 overwrite;
	char comm[16];
};

#endif
