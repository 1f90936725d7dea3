/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a file descriptor stands for. Shared with C#: build/layouts.awk writes the C# side. */
#ifndef SKEP_OBJECT_H
#define SKEP_OBJECT_H

enum skep_object_kind {
	SKEP_OBJ_NONE = 0,
	SKEP_OBJ_BAD_FD = 1,
	SKEP_OBJ_PROG = 2,
	SKEP_OBJ_MAP = 3,
	SKEP_OBJ_LINK = 4,
	SKEP_OBJ_BTF = 5,
	SKEP_OBJ_TOKEN = 6,
	SKEP_OBJ_ITER = 7,
	SKEP_OBJ_PERF_EVENT = 8,
	SKEP_OBJ_CGROUP = 9,
	SKEP_OBJ_NETNS = 10,
	SKEP_OBJ_SOCKET = 11,
	SKEP_OBJ_OTHER = 12,
};

#endif
