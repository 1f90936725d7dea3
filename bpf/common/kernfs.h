/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Nodes of kernfs, of which the directories of cgroups are. */
#ifndef SKEP_COMMON_KERNFS_H
#define SKEP_COMMON_KERNFS_H

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___before_6_15 *older = (void *)kn;

	if (bpf_core_field_exists(kn->__parent))
		return BPF_CORE_READ(kn, __parent);
	return (void *)BPF_CORE_READ(older, parent);
}

#endif
