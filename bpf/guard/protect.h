/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Objects and pins that only skep may change. */
#ifndef SKEP_GUARD_PROTECT_H
#define SKEP_GUARD_PROTECT_H

#define FMODE_WRITE   2
#define UMOUNT_DETACH 2

static __always_inline __u64 key_of_object(__u32 kind, __u32 id)
{
	return (__u64)kind << 32 | id;
}

/* Whether only skep may change the object behind a descriptor. */
verified_once int is_protected(__s32 fd)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), fd);
	__u64 object, key;
	__u32 kind, id;

	if (!file)
		return 0;
	kind = kind_of(file);
	object = (__u64)BPF_CORE_READ(file, private_data);
	if (kind == SKEP_OBJ_PROG)
		id = BPF_CORE_READ((struct bpf_prog *)object, aux, id);
	else if (kind == SKEP_OBJ_MAP)
		id = BPF_CORE_READ((struct bpf_map *)object, id);
	else if (kind == SKEP_OBJ_LINK)
		id = BPF_CORE_READ((struct bpf_link *)object, id);
	else
		return 0;
	key = key_of_object(kind, id);
	return bpf_map_lookup_elem(&protected, &key) != 0;
}

/* Whether a program is to replace a function of a protected one. */
static __always_inline bool replaces_protected(__u64 program)
{
	struct bpf_prog *prog = (struct bpf_prog *)program, *target;
	struct bpf_prog_aux___attach *aux = (void *)BPF_CORE_READ(prog, aux);
	__u64 key;

	if (BPF_CORE_READ(prog, type) != BPF_PROG_TYPE_EXT || is_over())
		return false;
	target = BPF_CORE_READ(aux, dst_prog);
	if (!target)
		return false;
	key = key_of_object(SKEP_OBJ_PROG, BPF_CORE_READ(target, aux, id));
	return bpf_map_lookup_elem(&protected, &key);
}

/* Refuses to change what only skep may change, and records it. */
verified_once int refuse_protected(__u32 cmd, __u32 operations)
{
	struct skep_guard_control *c = the_control();
	__u32 number = take_scratch();
	struct scratch *s = scratch_of(number);

	if (!s || !c)
		return -EPERM;
	s->operations = operations;
	s->cmd = cmd;
	s->cause = SKEP_GUARD_IS_PROTECTED;
	s->insns = 0;
	s->insn_cnt = 0;
	s->policy = SKEP_GUARD_NO_ROW;
	s->rule = SKEP_GUARD_NO_ROW;
	s->action = ACTION_DENY;
	__builtin_memset(&s->record, 0, sizeof(s->record));
	record(number);
	__sync_fetch_and_add(&c->denied, 1);
	leave_scratch(s);
	return -EPERM;
}

/* A descriptor of a map. */
static __always_inline int decide_open(__u64 map, __u32 mode)
{
	__u64 key = key_of_object(SKEP_OBJ_MAP, BPF_CORE_READ((struct bpf_map *)map, id));
	__u32 *how = bpf_map_lookup_elem(&protected, &key);

	if (!how || (*how == SKEP_GUARD_FROM_WRITES && !(mode & FMODE_WRITE)) || is_over() || is_skep())
		return 0;
	return refuse_protected(BPF_MAP_GET_FD_BY_ID, SKEP_GUARD_MAP_WRITE);
}

/* A descriptor of a program. */
static __always_inline int decide_open_program(__u64 program)
{
	__u64 key = key_of_object(SKEP_OBJ_PROG, BPF_CORE_READ((struct bpf_prog *)program, aux, id));
	__u32 *how = bpf_map_lookup_elem(&protected, &key);

	if (!how || *how != SKEP_GUARD_WHOLLY || is_over() || is_skep())
		return 0;
	return refuse_protected(BPF_PROG_GET_FD_BY_ID, SKEP_GUARD_ATTACH);
}

/* Without ftrace the kernel runs none of the programs that judge. */
static __always_inline bool is_ftrace_switch(struct bpf_sysctl *ctx)
{
	const char wanted[] = "kernel/ftrace_enabled";
	char name[sizeof(wanted)] = {};

	/* A longer name does not fit: E2BIG. */
	if (bpf_sysctl_get_name(ctx, name, sizeof(name), 0) != sizeof(wanted) - 1)
		return false;
	for (__u32 i = 0; i < sizeof(wanted); i++)
		if (name[i] != wanted[i])
			return false;
	return true;
}

/* The key of a file of a bpffs, or, without @inode, of the whole of it: beyond those of objects. */
static __always_inline __u64 key_of_pin(__u32 device, __u64 inode)
{
	return 1ULL << 63 | (__u64)device << 32 | (__u32)inode;
}

/* How a file is protected: enum skep_guard_protection, or 0. */
static __always_inline __u32 protection_of(__u32 device, struct dentry *dentry)
{
	__u64 key = key_of_pin(device, BPF_CORE_READ(dentry, d_inode, i_ino));
	__u32 *how = bpf_map_lookup_elem(&protected, &key);

	return how ? *how : 0;
}

/* A pin, or a directory of pins, that is removed or replaced: protected by itself, or as what is in a protected directory. */
static __always_inline int decide_removal(__u64 address)
{
	struct dentry *dentry = (struct dentry *)address;
	struct super_block___with_dev *sb;
	__u32 device;

	if (!BPF_CORE_READ(dentry, d_inode) || BPF_CORE_READ(dentry, d_sb, s_magic) != MAGIC_BPF_FS || is_over())
		return 0;
	sb = (void *)BPF_CORE_READ(dentry, d_sb);
	device = BPF_CORE_READ(sb, s_dev);
	if (!protection_of(device, dentry) && protection_of(device, BPF_CORE_READ(dentry, d_parent)) != SKEP_GUARD_FROM_WRITES)
		return 0;
	return is_skep() ? 0 : refuse_protected(BPF_OBJ_PIN, SKEP_GUARD_PIN);
}

/* Keys of mounts above that of protected pins: by their numbers, and by the groups in which their umount is propagated. */
static __always_inline __u64 key_of_mount(__u32 id)
{
	return 1ULL << 62 | id;
}

static __always_inline __u64 key_of_peers(__u32 group)
{
	return 1ULL << 62 | 1ULL << 32 | group;
}

/* Whether a mount goes with all below it, protected pins among them: it is above them, or propagates to one that is. */
static __always_inline bool takes_protected(struct vfsmount___with_sb *mnt)
{
	struct mount___peers *mount = (void *)mnt - bpf_core_field_offset(struct mount___peers, mnt);
	__u64 key = key_of_mount(BPF_CORE_READ(mount, mnt_id));

	if (bpf_map_lookup_elem(&protected, &key))
		return true;
	key = key_of_pin(BPF_CORE_READ(mnt, mnt_sb, s_dev), 0);
	if (!bpf_map_lookup_elem(&protected, &key))
		return false;
	key = key_of_peers(BPF_CORE_READ(mount, mnt_parent, mnt_group_id));
	return bpf_map_lookup_elem(&protected, &key);
}

static __always_inline int decide_umount(__u64 address, __u32 flags)
{
	struct vfsmount___with_sb *mnt = (struct vfsmount___with_sb *)address;
	__u64 key = key_of_pin(BPF_CORE_READ(mnt, mnt_sb, s_dev), 0);
	bool is_of_bpf = BPF_CORE_READ(mnt, mnt_sb, s_magic) == MAGIC_BPF_FS;

	if (is_over())
		return 0;
	if (is_of_bpf ? !bpf_map_lookup_elem(&protected, &key) : !(flags & UMOUNT_DETACH) || !takes_protected(mnt))
		return 0;
	return is_skep() ? 0 : refuse_protected(BPF_OBJ_PIN, SKEP_GUARD_PIN);
}

#endif
