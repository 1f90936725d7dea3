/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps, and what is done with objects by their descriptors. */
#ifndef SKEP_GUARD_OBJECT_H
#define SKEP_GUARD_OBJECT_H

static __always_inline __u32 operations_of(__u32 cmd)
{
	switch (cmd) {
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
	case BPF_MAP_FREEZE:
		return SKEP_GUARD_MAP_WRITE;
	case BPF_PROG_ATTACH:
	case BPF_RAW_TRACEPOINT_OPEN:
		return SKEP_GUARD_ATTACH;
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
		return SKEP_GUARD_ATTACH | SKEP_GUARD_LINK;
	case BPF_PROG_DETACH:
	case BPF_LINK_DETACH:
		return SKEP_GUARD_DETACH;
	case BPF_OBJ_PIN:
		return SKEP_GUARD_PIN;
	case BPF_BTF_LOAD:
		return SKEP_GUARD_BTF_LOAD;
	case 36: /* BPF_TOKEN_CREATE */
		return SKEP_GUARD_TOKEN_CREATE;
	default:
		return 0;
	}
}

/* Where the descriptor of the object that a command is about stands in its attr. */
static __always_inline __u32 descriptor_at(__u32 cmd)
{
	switch (cmd) {
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
		return 36;
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
	case BPF_LINK_UPDATE:
		return 4;
	case BPF_RAW_TRACEPOINT_OPEN:
	case BPF_OBJ_PIN:
		return 8;
	default:
		return 0;
	}
}

verified_once int hold_map(__u32 number, __u64 address)
{
	struct bpf_map *map = (struct bpf_map *)address;
	struct scratch *s = scratch_of(number);
	__u32 type;

	if (!s)
		return 0;
	type = BPF_CORE_READ(map, map_type);
	s->record.map_type = type;
	s->record.object_id = BPF_CORE_READ(map, id);
	bpf_probe_read_kernel(s->record.name, sizeof(s->record.name), (void *)map + bpf_core_field_offset(struct bpf_map, name));
	return hold_number(number, SKEP_GUARD_MAP_TYPE, type, true);
}

/* What a rule on programs or maps finds where there is none of them. */
verified_once int hold_none(__u32 number, bool has_program, bool has_map)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	if (!has_map)
		hold_number(number, SKEP_GUARD_MAP_TYPE, 0, false);
	if (has_program)
		return 0;
	hold_number(number, SKEP_GUARD_PROG_TYPE, 0, false);
	hold_number(number, SKEP_GUARD_EXPECTED_ATTACH_TYPE, 0, false);
	if (is_wanted(SKEP_GUARD_ATTACH_FUNCTION))
		hold_attach_function(number, 0);
	s->text_at = SKEP_GUARD_PATH_LEN;
	hold_text(number, SKEP_GUARD_PROG_NAME);
	s->text_at = SKEP_GUARD_PATH_LEN;
	return hold_text(number, SKEP_GUARD_TAG);
}

static __always_inline int decide_map_create(__u64 map, __u64 attr)
{
	__u32 number = begin(SKEP_GUARD_MAP_CREATE, BPF_MAP_CREATE), flags = 0;
	struct attr_map_create *create = (struct attr_map_create *)attr;
	struct scratch *s = scratch_of(number);
	int result;

	if (!s)
		return number == SCRATCHES + 1 ? -EPERM : 0;
	bpf_probe_read_kernel(&flags, sizeof(flags), &create->map_flags);
	hold_number(number, SKEP_GUARD_TOKEN, (flags & FLAG_TOKEN) != 0, true);
	hold_map(number, map);
	hold_caller(number);
	result = conclude(number);
	leave_scratch(s);
	return result;
}

verified_once int hold_tag(__u32 number, __u64 program)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	set_text(number, program + bpf_core_field_offset(struct bpf_prog, tag), 8);
	return hold_text(number, SKEP_GUARD_TAG);
}

/* The object behind a descriptor of the caller. */
verified_once int hold_descriptor(__u32 number, __s32 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *file = file_of(task, fd);
	struct scratch *s = scratch_of(number);
	__u64 object;
	__u32 kind;

	if (!s)
		return 0;
	if (!file)
		return hold_none(number, false, false);
	kind = kind_of(file);
	object = (__u64)BPF_CORE_READ(file, private_data);
	if (kind == SKEP_OBJ_PROG) {
		hold_program(number, object);
		hold_tag(number, object);
	} else if (kind == SKEP_OBJ_MAP) {
		hold_map(number, object);
	}
	return hold_none(number, kind == SKEP_OBJ_PROG, kind == SKEP_OBJ_MAP);
}

/* Where the descriptor of what a command changes stands in its attr, when it may be protected; NOTHING else. */
#define NOTHING (~0U)

static __always_inline __u32 changed_at(__u32 cmd)
{
	switch (cmd) {
	case BPF_PROG_DETACH:
		return descriptor_at(cmd);
	case BPF_PROG_ATTACH:
		return 16;
	case BPF_LINK_CREATE:
		return 4; /* a program, of which another one replaces a function */
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
		return 0;
	default:
		return operations_of(cmd) & SKEP_GUARD_MAP_WRITE ? descriptor_at(cmd) : NOTHING;
	}
}

/* Without a program, bpf(2) detaches whatever is attached. */
verified_once int is_program(__s32 fd)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), fd);

	return file && kind_of(file) == SKEP_OBJ_PROG;
}

/* Skep pins a link: the last that it does when it applies policies, and these are attached by then. */
verified_once int is_own_pin(__s32 fd)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), fd);

	return file && kind_of(file) == SKEP_OBJ_LINK && is_skep();
}

static __always_inline int decide_command(__u32 cmd, __u64 attr, __u32 size)
{
	__u32 operations = operations_of(cmd), number, at = descriptor_at(cmd), changed, flags = 0;
	struct skep_guard_control *c = the_control();
	struct scratch *s;
	__s32 fd = -1;
	int result;

	if (!c)
		return 0;
	c->seen++;
	if (!operations)
		return 0;
	changed = changed_at(cmd);
	if (changed != NOTHING && (tables.protects || cmd == BPF_LINK_CREATE) && !is_over()) {
		bpf_probe_read_kernel(&fd, sizeof(fd), (void *)attr + changed);
		if ((is_protected(fd) || (cmd == BPF_PROG_DETACH && tables.protects_programs && !is_program(fd))) && !is_skep())
			return refuse_protected(cmd, operations);
	}
	if (cmd == BPF_OBJ_PIN) {
		bpf_probe_read_kernel(&fd, sizeof(fd), (void *)attr + at);
		if (is_own_pin(fd))
			return 0;
	}
	number = begin(operations, cmd);
	s = scratch_of(number);
	if (!s)
		return number == SCRATCHES + 1 ? -EPERM : 0;
	if (operations & (SKEP_GUARD_BTF_LOAD | SKEP_GUARD_TOKEN_CREATE)) {
		if (cmd == BPF_BTF_LOAD && size >= 36)
			bpf_probe_read_kernel(&flags, sizeof(flags), (void *)attr + 32);
		hold_number(number, SKEP_GUARD_TOKEN, (flags & FLAG_TOKEN) != 0, true);
	} else {
		bpf_probe_read_kernel(&fd, sizeof(fd), (void *)attr + at);
		hold_descriptor(number, fd);
	}
	hold_caller(number);
	result = conclude(number);
	leave_scratch(s);
	return result;
}

#endif
