/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a descriptor of a task to its file, and to the kind of object behind it. */
#ifndef SKEP_COMMON_DESCRIPTOR_H
#define SKEP_COMMON_DESCRIPTOR_H

#define MAGIC_ANON_INODE 0x09041934
#define MAGIC_BPF_FS	 0xcafe4a11
#define MAGIC_CGROUP2	 0x63677270
#define MAGIC_NSFS	 0x6e736673
#define MAGIC_SOCKFS	 0x534f434b

static __always_inline struct file *file_of(struct task_struct *task, __s32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **fds, *file = 0;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	fds = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), fds + fd);
	return file;
}

/* What an anonymous inode is for shows in the name of its dentry, which only the kernel gives. */
static __always_inline __u32 kind_of_name(const char *n)
{
	if (n[0] == 'b' && n[1] == 'p' && n[2] == 'f') {
		if (n[3] == '-' && n[4] == 'p' && n[5] == 'r')
			return SKEP_OBJ_PROG;
		if (n[3] == '-' && n[4] == 'm' && n[5] == 'a')
			return SKEP_OBJ_MAP;
		if (n[3] == '-' && n[4] == 't' && n[5] == 'o')
			return SKEP_OBJ_TOKEN;
		/* bpf_link from LINK_CREATE, bpf-link from OBJ_GET and LINK_GET_FD_BY_ID */
		if ((n[3] == '_' || n[3] == '-') && n[4] == 'l' && n[5] == 'i')
			return SKEP_OBJ_LINK;
		if (n[3] == '_' && n[4] == 'i' && n[5] == 't')
			return SKEP_OBJ_ITER;
	}
	if (n[0] == 'b' && n[1] == 't' && n[2] == 'f' && !n[3])
		return SKEP_OBJ_BTF;
	if (n[0] == '[' && n[1] == 'p' && n[2] == 'e' && n[3] == 'r' && n[4] == 'f' && n[5] == '_')
		return SKEP_OBJ_PERF_EVENT;
	return SKEP_OBJ_OTHER;
}

static __always_inline __u32 kind_of_dentry(struct dentry *dentry, unsigned long magic)
{
	char name[8] = {};

	switch (magic) {
	case MAGIC_ANON_INODE:
	case MAGIC_BPF_FS: /* tokens */
		bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
		name[7] = 0;
		if (magic == MAGIC_BPF_FS)
			return kind_of_name(name) == SKEP_OBJ_TOKEN ? SKEP_OBJ_TOKEN : SKEP_OBJ_OTHER;
		return kind_of_name(name);
	case MAGIC_CGROUP2:
		return SKEP_OBJ_CGROUP;
	case MAGIC_NSFS:
		return SKEP_OBJ_NETNS;
	case MAGIC_SOCKFS:
		return SKEP_OBJ_SOCKET;
	default:
		return SKEP_OBJ_OTHER;
	}
}

static __always_inline __u32 kind_of(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	return kind_of_dentry(dentry, BPF_CORE_READ(dentry, d_sb, s_magic));
}

#endif
