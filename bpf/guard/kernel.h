/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fields of the kernel's structures that guard reads beside those of include/kernel.h. */
#ifndef SKEP_GUARD_KERNEL_H
#define SKEP_GUARD_KERNEL_H

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct qstr___with_len {
	__u32 len;
};

struct super_block___with_dev {
	__u32 s_dev;
	unsigned long s_magic;
};

struct vfsmount___with_sb {
	struct super_block___with_dev *mnt_sb;
};

struct mount___peers {
	struct mount___peers *mnt_parent;
	struct vfsmount___with_sb mnt;
	int mnt_id;
	int mnt_group_id;
};

struct btf___kind {
	__u32 id;
	bool kernel_btf;
	char name[60];
};

struct bpf_prog_aux___attach {
	struct btf___kind *attach_btf;
	__u32 attach_btf_id;
	struct bpf_prog *dst_prog;
};

union bpf_attr___signature {
	struct {
		__u64 signature;
		__s32 keyring_id;
	};
};

#pragma clang attribute pop

#endif
