/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who asks: his executable, cgroup, user and capabilities, and when. */
#ifndef SKEP_GUARD_CALLER_H
#define SKEP_GUARD_CALLER_H

#define MINUTE	       60
#define MINUTES_A_WEEK (7 * 24 * 60)
#define THURSDAY       (3 * 24 * 60)	/* the epoch was at its beginning */

/* Whether the caller is the program that applied the policies, run by root. */
verified_once int is_skep(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct super_block___with_dev *sb;

	if (!exe || !is_in_first_user_namespace(task) || BPF_CORE_READ(task, cred, uid.val))
		return 0;
	sb = (void *)BPF_CORE_READ(exe, f_inode, i_sb);
	return BPF_CORE_READ(sb, s_dev) == tables.skep_device && BPF_CORE_READ(exe, f_inode, i_ino) == tables.skep_inode;
}

/* Capabilities count in the first user namespace only. */
verified_once int hold_capabilities(__u32 number)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 effective = BPF_CORE_READ(task, cred, cap_effective.val);
	bool counts = is_in_first_user_namespace(task);

	begin_several(number, SKEP_GUARD_CAPABILITY);
	for (__u32 i = 0; i < 64; i++)
		if (counts && effective >> i & 1)
			add_number(number, SKEP_GUARD_CAPABILITY, i);
	return end_several(number);
}

/* Minutes since Monday, 00:00 UTC. */
static __always_inline __u32 minute_of_week(void)
{
	__u64 seconds = bpf_ktime_get_tai_ns() / 1000000000 + tables.utc_offset;

	return (seconds / MINUTE + THURSDAY) % MINUTES_A_WEEK;
}

static __always_inline bool wants_cgroup(void)
{
	return tables.wanted & (1 << SKEP_GUARD_CGROUP | 1 << SKEP_GUARD_UNIT | 1 << SKEP_GUARD_CONTAINER | 1 << SKEP_GUARD_POD);
}

/* Everything of the caller; the records of decisions show some of it. */
verified_once int hold_caller(__u32 number)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	hold_range(number, SKEP_GUARD_UID, BPF_CORE_READ(task, cred, uid.val));
	hold_number(number, SKEP_GUARD_USER_NAMESPACE, !is_in_first_user_namespace(task), true);
	if (is_wanted(SKEP_GUARD_TIME))
		hold_range(number, SKEP_GUARD_TIME, minute_of_week());
	if (is_wanted(SKEP_GUARD_CAPABILITY))
		hold_capabilities(number);
	if (is_wanted(SKEP_GUARD_EXE)) {
		if (read_exe(number))
			hold_text(number, SKEP_GUARD_EXE);
		else
			hold_unknown(number, SKEP_GUARD_EXE);
	}
	if (!wants_cgroup())
		return 0;
	if (!read_cgroup(number)) {
		hold_unknown(number, SKEP_GUARD_CGROUP);
		hold_unknown(number, SKEP_GUARD_UNIT);
		hold_unknown(number, SKEP_GUARD_CONTAINER);
		return hold_unknown(number, SKEP_GUARD_POD);
	}
	if (is_wanted(SKEP_GUARD_CGROUP))
		hold_cgroups(number);
	if (is_wanted(SKEP_GUARD_UNIT))
		hold_unit(number);
	if (is_wanted(SKEP_GUARD_CONTAINER)) {
		read_cgroup(number);
		hold_container(number);
	}
	if (is_wanted(SKEP_GUARD_POD)) {
		read_cgroup(number);
		hold_pod(number);
	}
	return 0;
}

#endif
