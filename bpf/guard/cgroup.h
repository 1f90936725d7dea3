/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cgroup of the caller, and what its path names: systemd's unit, a container, a pod. */
#ifndef SKEP_GUARD_CGROUP_H
#define SKEP_GUARD_CGROUP_H

#define CONTAINER_ID 64
#define POD_UID	     36

struct kernfs_walk {
	struct kernfs_node *node;
	__u32 number;
	__u32 is_done;
};

/* Reads a name into the head of the block that the path ends in, and from there to its place. */
static long next_node(__u32 i, struct kernfs_walk *walk)
{
	struct scratch *s = scratch_of(walk->number);
	struct kernfs_node *node = walk->node, *parent;
	const char *name;
	long length;

	(void)i;
	if (!s)
		return 1;
	parent = kernfs_parent(node);
	if (!parent) {
		walk->is_done = 1;
		return 1;
	}
	name = BPF_CORE_READ(node, name);
	length = bpf_probe_read_kernel_str(s->key.text, sizeof(s->key.text), name);
	if (length < 1 || !put_component(s, name, (length - 1) & (SKEP_GUARD_TEXT_LEN - 1)))
		return 1;
	walk->node = parent;
	return 0;
}

/* The path of the v2 cgroup in scratch; whether it was read whole. */
verified_once int read_cgroup(__u32 number)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct scratch *s = scratch_of(number);
	struct kernfs_walk walk = { .number = number };
	struct kernfs_node *node;

	if (!s)
		return 0;
	begin_path(s);
	node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	s->record.cgroup_id = BPF_CORE_READ(node, id);
	walk.node = node;
	bpf_loop(COMPONENTS, next_node, &walk, 0);
	return walk.is_done;
}

/* The cgroup and those above it. */
verified_once int hold_cgroups(__u32 number)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	begin_several(number, SKEP_GUARD_CGROUP);
	for (__u32 i = 0; i < COMPONENTS; i++) {
		if (i >= s->components)
			break;
		add_text(number, SKEP_GUARD_CGROUP, s->ends[i]);
	}
	return end_several(number);
}

/* A component of the path in scratch in the key, zero behind it; its length. */
verified_once __u32 component(__u32 number, __u32 i)
{
	struct scratch *s = scratch_of(number);
	__u32 start, end, length;

	if (!s)
		return 0;
	start = s->starts[i & (COMPONENTS - 1)];
	end = s->ends[i & (COMPONENTS - 1)];
	if (start >= end || end > SKEP_GUARD_PATH_LEN)
		return 0;
	length = end - start;
	if (length >= SKEP_GUARD_TEXT_LEN)
		return 0;
	__builtin_memset(s->key.text, 0, sizeof(s->key.text));
	bpf_probe_read_kernel(s->key.text, length & (SKEP_GUARD_TEXT_LEN - 1), s->path + (start & PATH_MASK));
	return length;
}

/* Up to eight characters as a number, the last one lowest. */
#define WORD8(a, b, c, d, e, f, g, h) \
	((__u64)(a) << 56 | (__u64)(b) << 48 | (__u64)(c) << 40 | (__u64)(d) << 32 | \
	 (__u64)(e) << 24 | (__u64)(f) << 16 | (__u64)(g) << 8 | (h))
#define DOT_SLICE   WORD8(0, 0, '.', 's', 'l', 'i', 'c', 'e')
#define DOT_SERVICE WORD8('.', 's', 'e', 'r', 'v', 'i', 'c', 'e')
#define DOT_SCOPE   WORD8(0, 0, '.', 's', 'c', 'o', 'p', 'e')
#define DOT_SOCKET  WORD8(0, '.', 's', 'o', 'c', 'k', 'e', 't')
#define DOT_MOUNT   WORD8(0, 0, '.', 'm', 'o', 'u', 'n', 't')
#define DOT_SWAP    WORD8(0, 0, 0, '.', 's', 'w', 'a', 'p')
#define CONMON_DASH WORD8(0, 'c', 'o', 'n', 'm', 'o', 'n', '-')
#define POD	    WORD8(0, 0, 0, 0, 0, 'p', 'o', 'd')

/* The last @size characters, at most eight, of the first @length of the key's text, as WORD8; 0 when there are no more than them. */
verified_once __u64 word_before(__u32 number, __u32 length, __u32 size)
{
	struct scratch *s = scratch_of(number);
	__u64 word = 0;

	if (!s || length < size)
		return 0;
	for (__u32 i = 0; i < 8; i++) {
		if (i >= size)
			break;
		word = word << 8 | s->key.text[bounded(length - size + i, SKEP_GUARD_TEXT_LEN - 1)];
	}
	return word;
}

static __always_inline bool is_slice(__u32 number, __u32 length)
{
	return length > 6 && word_before(number, length, 6) == DOT_SLICE;
}

/* A name that begins with an underscore was given one by systemd (cg_escape). */
static __always_inline bool is_unit_behind(__u32 number, __u32 length, __u32 skipped)
{
	return (length > 8 + skipped && word_before(number, length, 8) == DOT_SERVICE) ||
	       (length > 6 + skipped && word_before(number, length, 6) == DOT_SCOPE) ||
	       (length > 7 + skipped && word_before(number, length, 7) == DOT_SOCKET) ||
	       (length > 6 + skipped && word_before(number, length, 6) == DOT_MOUNT) ||
	       (length > 5 + skipped && word_before(number, length, 5) == DOT_SWAP);
}

/* Makes a part of the key's text the text of scratch: behind the path, which stays as it is. */
static __always_inline void set_text_of_key(struct scratch *s, __u32 from, __u32 length)
{
	__u32 at = SKEP_GUARD_PATH_LEN - length;

	s->device = 0;
	s->text_at = at;
	bpf_probe_read_kernel(s->path + (at & PATH_MASK), length & (SKEP_GUARD_TEXT_LEN - 1),
			      s->key.text + (from & (SKEP_GUARD_TEXT_LEN - 1)));
}

/* systemd's system unit as CgroupPath.Unit of Skep.Linux has it: the first component below the slices. */
verified_once int hold_unit(__u32 number)
{
	struct scratch *s = scratch_of(number);
	__u32 n, length = 0, skipped = 0;

	if (!s)
		return 0;
	n = s->components;
	for (__u32 i = 0; i < COMPONENTS; i++) {
		if (i >= n)
			break;
		length = component(number, n - 1 - i);
		if (!is_slice(number, length))
			break;
		length = 0;
	}
	if (length && s->key.text[0] == '_')
		skipped = 1;
	if (!is_unit_behind(number, length, skipped))
		length = 0;
	s->text_at = SKEP_GUARD_PATH_LEN;
	if (length > skipped)
		set_text_of_key(s, skipped, (length - skipped) & (SKEP_GUARD_TEXT_LEN - 1));
	return hold_text(number, SKEP_GUARD_UNIT);
}

static __always_inline bool is_hexadecimal(__u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Where the id of a container begins in the component of @length bytes in the key: ContainerPath of Skep.Linux; -1 for none. */
verified_once int container_id_at(__u32 number, __u32 length)
{
	struct scratch *s = scratch_of(number);
	__u64 before;
	__u32 at;

	if (!s || length >= SKEP_GUARD_TEXT_LEN)
		return -1;
	if (length > 6 && word_before(number, length, 6) == DOT_SCOPE)
		length -= 6;
	if (length < CONTAINER_ID)
		return -1;
	at = length - CONTAINER_ID;
	for (__u32 i = 0; i < CONTAINER_ID; i++)
		if (!is_hexadecimal(s->key.text[bounded(at + i, SKEP_GUARD_TEXT_LEN - 1)]))
			return -1;
	if (!at)
		return 0;
	before = word_before(number, at, 1);
	if (before != '-' && before != ':')
		return -1;
	return word_before(number, at, 7) == CONMON_DASH ? -1 : (int)at;
}

/* The innermost container. */
verified_once int hold_container(__u32 number)
{
	struct scratch *s = scratch_of(number);
	int at = -1;

	if (!s)
		return 0;
	for (__u32 i = 0; i < COMPONENTS; i++) {
		if (i >= s->components)
			break;
		at = container_id_at(number, component(number, i));
		if (at >= 0)
			break;
	}
	s->text_at = SKEP_GUARD_PATH_LEN;
	if (at >= 0)
		set_text_of_key(s, at, CONTAINER_ID);
	return hold_text(number, SKEP_GUARD_CONTAINER);
}

/* Makes the UID of the pod that the component in the key names the text of scratch: podUID, or ...-podUID.slice with _ for -. */
verified_once int set_pod(__u32 number, __u32 length)
{
	struct scratch *s = scratch_of(number);
	__u32 at;

	if (!s || length >= SKEP_GUARD_TEXT_LEN)
		return 0;
	if (is_slice(number, length))
		length -= 6;
	if (length < POD_UID + 3)
		return 0;
	at = length - POD_UID;
	if (word_before(number, at, 3) != POD)
		return 0;
	for (__u32 i = 0; i < POD_UID; i++) {
		__u32 place = bounded(at + i, SKEP_GUARD_TEXT_LEN - 1);

		if (s->key.text[place] == '_')
			s->key.text[place] = '-';
	}
	set_text_of_key(s, at, POD_UID);
	return 1;
}

verified_once int hold_pod(__u32 number)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	s->text_at = SKEP_GUARD_PATH_LEN;
	for (__u32 i = 0; i < COMPONENTS; i++) {
		if (i >= s->components)
			break;
		if (set_pod(number, component(number, i)))
			break;
	}
	return hold_text(number, SKEP_GUARD_POD);
}

#endif
