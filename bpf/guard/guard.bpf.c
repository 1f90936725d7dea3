// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Decides about operations of bpf(2) on the kernel's own copies: at the hooks of the LSM framework, or, where that does not run BPF
 * programs, in front of the functions that call them (fmod_ret).
 */
#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_object.h"
#include "include/skep_guard.h"
#include "include/bpf_attr.h"
#include "guard/kernel.h"
#include "common/descriptor.h"
#include "common/kernfs.h"
#include "common/verified.h"
#include "guard/maps.h"
#include "guard/match.h"
#include "guard/code.h"
#include "guard/path.h"
#include "guard/cgroup.h"
#include "guard/caller.h"
#include "guard/decide.h"
#include "guard/protect.h"
#include "guard/program.h"
#include "guard/object.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* An argument that is a pointer, as a number. */
static __always_inline __u64 argument(__u64 *ctx)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), ctx);
	return value;
}

/* What a hook returns, in a form that the verifier sees to be one of two numbers. */
static __always_inline int verdict(int result)
{
	int is_denied = 0;

	if (result)
		is_denied = -EPERM;
	asm volatile("" : "+r"(is_denied));
	return is_denied;
}

/* (struct bpf_prog *prog, union bpf_attr *attr, struct bpf_token *token, ...): since Linux 6.9. */
SEC("lsm/bpf_prog_load")
int skep_prog_load(__u64 *ctx)
{
	return verdict(decide_load(argument(ctx), argument(ctx + 1)));
}

SEC("fmod_ret/security_bpf_prog_load")
int skep_mod_prog_load(__u64 *ctx)
{
	return verdict(decide_load(argument(ctx), argument(ctx + 1)));
}

/* (struct bpf_map *map, union bpf_attr *attr, struct bpf_token *token, ...): since Linux 6.9. */
SEC("lsm/bpf_map_create")
int skep_map_create(__u64 *ctx)
{
	return verdict(decide_map_create(argument(ctx), argument(ctx + 1)));
}

SEC("fmod_ret/security_bpf_map_create")
int skep_mod_map_create(__u64 *ctx)
{
	return verdict(decide_map_create(argument(ctx), argument(ctx + 1)));
}

/* (int cmd, union bpf_attr *attr, unsigned int size, ...) */
SEC("lsm/bpf")
int skep_command(__u64 *ctx)
{
	return verdict(decide_command(ctx[0], argument(ctx + 1), ctx[2]));
}

SEC("fmod_ret/security_bpf")
int skep_mod_command(__u64 *ctx)
{
	return verdict(decide_command(ctx[0], argument(ctx + 1), ctx[2]));
}

/* (struct bpf_map *map, fmode_t fmode): when a descriptor of a map is made. */
SEC("lsm/bpf_map")
int skep_open_map(__u64 *ctx)
{
	return verdict(decide_open(argument(ctx), ctx[1]));
}

SEC("fmod_ret/security_bpf_map")
int skep_mod_open_map(__u64 *ctx)
{
	return verdict(decide_open(argument(ctx), ctx[1]));
}

/* (struct bpf_prog *prog): when a descriptor of a program is made. */
SEC("lsm/bpf_prog")
int skep_open_prog(__u64 *ctx)
{
	return verdict(decide_open_program(argument(ctx)));
}

SEC("fmod_ret/security_bpf_prog")
int skep_mod_open_prog(__u64 *ctx)
{
	return verdict(decide_open_program(argument(ctx)));
}

/* Returns 0 to refuse. */
SEC("cgroup/sysctl")
int skep_sysctl(struct bpf_sysctl *ctx)
{
	return !ctx->write || is_over() || !is_ftrace_switch(ctx);
}

/* (struct inode *dir, struct dentry *dentry) */
SEC("lsm/inode_unlink")
int skep_unlink(__u64 *ctx)
{
	return verdict(decide_removal(argument(ctx + 1)));
}

SEC("fmod_ret/security_inode_unlink")
int skep_mod_unlink(__u64 *ctx)
{
	return verdict(decide_removal(argument(ctx + 1)));
}

/* (struct inode *dir, struct dentry *dentry) */
SEC("lsm/inode_rmdir")
int skep_rmdir(__u64 *ctx)
{
	return verdict(decide_removal(argument(ctx + 1)));
}

SEC("fmod_ret/security_inode_rmdir")
int skep_mod_rmdir(__u64 *ctx)
{
	return verdict(decide_removal(argument(ctx + 1)));
}

/* (struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir, struct dentry *new_dentry) */
SEC("lsm/inode_rename")
int skep_rename(__u64 *ctx)
{
	return verdict(decide_removal(argument(ctx + 1)) || decide_removal(argument(ctx + 3)));
}

SEC("fmod_ret/security_inode_rename")
int skep_mod_rename(__u64 *ctx)
{
	return verdict(decide_removal(argument(ctx + 1)) || decide_removal(argument(ctx + 3)));
}

/* (struct vfsmount *mnt, int flags) */
SEC("lsm/sb_umount")
int skep_umount(__u64 *ctx)
{
	return verdict(decide_umount(argument(ctx), ctx[1]));
}

SEC("fmod_ret/security_sb_umount")
int skep_mod_umount(__u64 *ctx)
{
	return verdict(decide_umount(argument(ctx), ctx[1]));
}
