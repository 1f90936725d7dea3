/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths, which are read from their end and stand at the end of the room in scratch. */
#ifndef SKEP_GUARD_PATH_H
#define SKEP_GUARD_PATH_H

#define PATH_MASK  (SKEP_GUARD_PATH_LEN - 1)
#define PATH_DEPTH 4096	/* of components: more than room for them */

/* Puts a name and the slash before it in front of the path in scratch; false when there is no room. */
static __always_inline bool put_component(struct scratch *s, const void *name, __u32 length)
{
	__u32 at = s->text_at, n = s->components;

	if (length >= SKEP_GUARD_TEXT_LEN || at < length + 1 || at > SKEP_GUARD_PATH_LEN)
		return false;
	at -= length;
	bpf_probe_read_kernel(s->path + (at & PATH_MASK), length & (SKEP_GUARD_TEXT_LEN - 1), name);
	if (n < COMPONENTS) {
		s->starts[n & (COMPONENTS - 1)] = at;
		s->ends[n & (COMPONENTS - 1)] = at + length;
		s->components = n + 1;
	}
	at -= 1;
	s->path[at & PATH_MASK] = '/';
	s->text_at = at;
	return true;
}

static __always_inline void begin_path(struct scratch *s)
{
	s->text_at = SKEP_GUARD_PATH_LEN;
	s->components = 0;
	s->device = 0;
}

struct dentry_walk {
	struct dentry *dentry;
	__u32 number;
	__u32 is_done;
};

static long next_dentry(__u32 i, struct dentry_walk *walk)
{
	struct scratch *s = scratch_of(walk->number);
	struct dentry *dentry = walk->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct qstr___with_len *name;

	(void)i;
	if (!s)
		return 1;
	if (parent == dentry) {
		walk->is_done = 1;
		return 1;
	}
	name = (void *)dentry + bpf_core_field_offset(struct dentry, d_name);
	if (!put_component(s, BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(name, len)))
		return 1;
	walk->dentry = parent;
	return 0;
}

/*
 * The executable, as its file system has it: from the root of that, whatever is mounted where. So neither a mount namespace nor chroot(2)
 * nor a bind mount gives a file the path of another. Whether it was read whole.
 */
verified_once int read_exe(__u32 number)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct scratch *s = scratch_of(number);
	struct dentry_walk walk = { .number = number };
	struct super_block___with_dev *sb;
	struct file *exe;

	if (!s)
		return 0;
	begin_path(s);
	exe = BPF_CORE_READ(task, mm, exe_file);
	if (!exe)
		return 1;
	sb = (void *)BPF_CORE_READ(exe, f_inode, i_sb);
	s->device = BPF_CORE_READ(sb, s_dev);
	s->record.exe_device = s->device;
	s->record.exe_inode = BPF_CORE_READ(exe, f_inode, i_ino);
	walk.dentry = BPF_CORE_READ(exe, f_path.dentry);
	bpf_loop(PATH_DEPTH, next_dentry, &walk, 0);
	return walk.is_done;
}

/* Copies the end of the path for the record. */
static __always_inline __u32 keep_path(struct scratch *s, __u8 *to)
{
	__u32 at = s->text_at, length;

	if (at >= SKEP_GUARD_PATH_LEN)
		return 0;
	length = SKEP_GUARD_PATH_LEN - at;
	if (length >= SKEP_GUARD_TEXT_LEN) {
		at = SKEP_GUARD_PATH_LEN - (SKEP_GUARD_TEXT_LEN - 1);
		length = SKEP_GUARD_TEXT_LEN - 1;
	}
	bpf_probe_read_kernel(to, length & (SKEP_GUARD_TEXT_LEN - 1), s->path + (at & PATH_MASK));
	return length;
}

#endif
