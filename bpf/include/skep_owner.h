/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the iterator over descriptors writes. Shared with C# (src/Skep.Watch/Inventory/OwnerRecord.cs). */
#ifndef SKEP_OWNER_H
#define SKEP_OWNER_H

struct skep_owner {
	__u32 kind;	/* enum skep_object_kind */
	__u32 id;	/* of the program, map, link or BTF object; of a perf event, its program's */
	__u32 prog_id;	/* a link's program, or 0 */
	__u32 pid;
	__u32 fd;
	__u32 perf_type;
	__u64 perf_config;
	char comm[16];
};

#endif
