/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who makes a call: read while it runs, for the process may end the next moment. */
#ifndef SKEP_WATCH_PROCESS_H
#define SKEP_WATCH_PROCESS_H

#define PATH_DEPTH 64

/* Appends a component and its NUL at @at; the new end. */
static __always_inline __u32 append_name(struct path_scratch *s, __u32 at, const void *name)
{
	long length;

	if (at >= PATH_ROOM)
		return at;
	length = bpf_probe_read_kernel_str(s->path + at_most(at, PATH_ROOM), NAME_ROOM, name);
	return length > 0 && length <= NAME_ROOM ? at + length : at;
}

/* One step from the executable up to the root of the process: 0 at the end. */
verified_once int append_next_of_exe(void)
{
	struct path_scratch *s = path_scratch_at_hand();
	struct dentry *dentry, *parent;
	struct vfsmount *vfs;
	struct mount *mnt, *above;

	if (!s)
		return 0;
	dentry = s->walk.dentry;
	mnt = s->walk.mnt;
	vfs = (void *)mnt + bpf_core_field_offset(struct mount, mnt);
	parent = BPF_CORE_READ(dentry, d_parent);
	if (dentry == s->walk.root && vfs == s->walk.root_mnt)
		return 0;
	if (parent == dentry && dentry != BPF_CORE_READ(vfs, mnt_root)) { /* memfd_create(2): a name without a directory */
		s->walk.end = append_name(s, s->walk.end, BPF_CORE_READ(dentry, d_name.name));
		return 0;
	}
	if (dentry == BPF_CORE_READ(vfs, mnt_root)) {
		above = BPF_CORE_READ(mnt, mnt_parent);
		if (above == mnt || !above)
			return 0;
		s->walk.dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
		s->walk.mnt = above;
		return 1;
	}
	s->walk.end = append_name(s, s->walk.end, BPF_CORE_READ(dentry, d_name.name));
	s->walk.dentry = parent;
	return 1;
}

/* As d_unlinked() has it: another name of the file may remain. What has no directory has no name to lose. */
static __always_inline bool is_deleted(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	if (BPF_CORE_READ(dentry, d_parent) == dentry)
		return BPF_CORE_READ(file, f_inode, i_nlink) == 0;
	return !BPF_CORE_READ(dentry, d_hash.pprev);
}

/* The executable as /proc/PID/exe shows it, leaf first; the end of it in the path. */
verified_once int append_exe(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct path_scratch *s = path_scratch_at_hand();
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	if (!s || !exe)
		return 0;
	s->process.exe_deleted = is_deleted(exe);
	s->walk.root = BPF_CORE_READ(task, fs, root.dentry);
	s->walk.root_mnt = BPF_CORE_READ(task, fs, root.mnt);
	s->walk.dentry = BPF_CORE_READ(exe, f_path.dentry);
	s->walk.mnt = (void *)BPF_CORE_READ(exe, f_path.mnt) - bpf_core_field_offset(struct mount, mnt);
	s->walk.end = 0;
	for (__u32 i = 0; i < PATH_DEPTH; i++)
		if (!append_next_of_exe())
			break;
	return s->walk.end;
}

/* One step from a cgroup up to the root of its hierarchy: 0 at the end. */
verified_once int append_next_of_cgroup(void)
{
	struct path_scratch *s = path_scratch_at_hand();
	struct kernfs_node *kn, *parent;

	if (!s)
		return 0;
	kn = s->walk.kn;
	parent = kn ? kernfs_parent(kn) : 0;
	if (!parent)
		return 0;
	s->walk.end = append_name(s, s->walk.end, BPF_CORE_READ(kn, name));
	s->walk.kn = parent;
	return 1;
}

verified_once int append_cgroup(__u32 at, __u64 node)
{
	struct path_scratch *s = path_scratch_at_hand();

	if (!s)
		return 0;
	s->walk.kn = (struct kernfs_node *)node;
	s->walk.end = at;
	for (__u32 i = 0; i < PATH_DEPTH; i++)
		if (!append_next_of_cgroup())
			break;
	return s->walk.end;
}

/* The v2 cgroup; where that hierarchy is not in use, the one of the v1 pids controller. */
static __always_inline struct kernfs_node *cgroup_of(struct task_struct *task, __u32 *hierarchy)
{
	struct kernfs_node *kn = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);

	*hierarchy = 0;
	if (!kernfs_parent(kn) && bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)) {
		__u32 pids = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		struct css_set *set = BPF_CORE_READ(task, cgroups);
		struct cgroup_subsys_state *css = 0;
		struct kernfs_node *v1;

		bpf_probe_read_kernel(&css, sizeof(css), (void *)set + bpf_core_field_offset(struct css_set, subsys) + 8 * pids);
		v1 = BPF_CORE_READ(css, cgroup, kn);
		if (v1 && kernfs_parent(v1)) {
			*hierarchy = 1;
			return v1;
		}
	}
	return kn;
}

/* The command line at @from, of @length bytes, into scratch; what is beyond a page that is not in memory is left out. */
static __always_inline void read_argv_at(struct path_scratch *s, __u64 from, __u64 length)
{
	__u32 first = PAGE_BYTES - (from & (PAGE_BYTES - 1));

	s->now.argv_state = SKEP_ARGV_WHOLE;
	if (length > SKEP_ARGV_LEN) {
		length = SKEP_ARGV_LEN;
		s->now.argv_state = SKEP_ARGV_CUT;
	}
	if (!bpf_probe_read_user(s->now.argv, at_most(length, SKEP_ARGV_LEN), (void *)from)) {
		s->now.argv_length = length;
		return;
	}
	s->now.argv_state = SKEP_ARGV_UNREAD;
	if (first < length && !bpf_probe_read_user(s->now.argv, at_most(first, SKEP_ARGV_LEN), (void *)from))
		s->now.argv_length = first;
}

/*
 * The command line of the process as /proc/PID/cmdline shows it (get_mm_cmdline() of fs/proc/base.c): one whose last byte is
 * not NUL was overwritten by setproctitle(3), is one string, and may go on where the environment was.
 */
verified_once int read_argv(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct path_scratch *s = path_scratch_at_hand();
	__u64 start, end, env_start, env_end;
	__u8 last = 0;
	long length;

	if (!s)
		return 0;
	__builtin_memset(s->now.argv, 0, sizeof(s->now.argv));
	s->now.argv_length = 0;
	s->now.argv_state = SKEP_ARGV_NONE;
	if (!mm)
		return 0;
	start = BPF_CORE_READ(mm, arg_start);
	end = BPF_CORE_READ(mm, arg_end);
	s->now.argv_state = SKEP_ARGV_WHOLE;
	if (end <= start)
		return 0;
	bpf_probe_read_user(&last, sizeof(last), (void *)end - 1);
	if (!last) {
		read_argv_at(s, start, end - start);
		return 0;
	}
	env_start = BPF_CORE_READ(mm, env_start);
	env_end = BPF_CORE_READ(mm, env_end);
	if (env_start == end && env_end > env_start)
		end = env_end;
	length = bpf_probe_read_user_str(s->now.argv, at_most(end - start + 1, SKEP_ARGV_LEN), (void *)start);
	if (length < 0) {
		s->now.argv_state = SKEP_ARGV_UNREAD;
		return 0;
	}
	s->now.argv_length = length - 1;
	if (length == SKEP_ARGV_LEN && end - start >= SKEP_ARGV_LEN) {
		bpf_probe_read_user(&last, sizeof(last), (void *)start + SKEP_ARGV_LEN - 1);
		if (last)
			s->now.argv_state = SKEP_ARGV_CUT;
	}
	return 0;
}

/* Whether user space has the record of the process of the call at hand, as it is now in scratch. */
verified_once int is_known(__u32 pid)
{
	struct known_process *known = bpf_map_lookup_elem(&processes, &pid);
	struct path_scratch *s = path_scratch_at_hand();

	if (!s || !known)
		return 0;
	if (known->start != s->now.start || known->exec_id != s->now.exec_id || known->cgroup_id != s->now.cgroup_id)
		return 0;
	if (known->argv_length != s->now.argv_length || known->argv_state != s->now.argv_state)
		return 0;
	for (__u32 i = 0; i < SKEP_ARGV_LEN / 8; i++) {
		if (i * 8 >= s->now.argv_length)
			break;
		if (known->argv[i] != s->now.argv[i])
			return 0;
	}
	return 1;
}

/* Appends the command line behind the paths, which end at @at. */
static __always_inline __u32 append_argv(struct path_scratch *s, __u32 at)
{
	__u32 length = s->now.argv_length;

	if (length > SKEP_ARGV_LEN)
		length = SKEP_ARGV_LEN;
	bpf_probe_read_kernel(s->path + at_most(at, PATH_ROOM), at_most(length, SKEP_ARGV_LEN), s->now.argv);
	s->process.argv_length = length;
	s->process.argv_state = s->now.argv_state;
	return at + length;
}

/* Sends the process of the call at hand: first, and when its program, its cgroup or its command line has changed. */
verified_once int send_process(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct path_scratch *s = path_scratch_at_hand();
	struct scratch *call = scratch_at_hand();
	struct skep_entry *entry;
	struct kernfs_node *kn;
	__u32 pid, end, hierarchy = 0;

	if (!call || !s)
		return 0;
	entry = &call->pending.entry;
	pid = entry->pid;
	s->now.start = entry->process_start;
	s->now.exec_id = BPF_CORE_READ(task, self_exec_id);
	s->now.cgroup_id = entry->cgroup_id;
	read_argv();
	if (is_known(pid))
		return 0;
	kn = cgroup_of(task, &hierarchy);
	s->process.record = SKEP_RECORD_PROCESS;
	s->process.pid = pid;
	s->process.process_start = s->now.start;
	s->process.cgroup_id = s->now.cgroup_id;
	s->process.cgroup_hierarchy = hierarchy;
	end = append_exe();
	if (end > SKEP_PATH_LEN)
		end = SKEP_PATH_LEN;
	s->process.exe_length = end;
	end = append_cgroup(end, (__u64)kn);
	if (end > PATH_ROOM)
		end = PATH_ROOM;
	s->process.cgroup_length = end - s->process.exe_length;
	end = append_argv(s, end);
	if (end > PATH_ROOM + SKEP_ARGV_LEN)
		end = PATH_ROOM + SKEP_ARGV_LEN;
	if (bpf_ringbuf_output(&events, s, sizeof(struct skep_process) + end, BPF_RB_NO_WAKEUP)) {
		count(SKEP_PROCESSES_LOST);
		return 0;
	}
	charge(sizeof(struct skep_process) + end, 0);
	bpf_map_update_elem(&processes, &pid, &s->now, BPF_ANY);
	return 0;
}

static __always_inline bool is_watched(__u32 pid, struct task_struct *task)
{
	if (pid == settings.watcher_pid)
		count(SKEP_OWN_CALLS);
	if (settings.self_pid && pid == settings.self_pid)
		return false;
	if ((settings.follow_children || settings.filter_pids) && !bpf_map_lookup_elem(&followed, &pid))
		return false;
	if (settings.filter_uid && BPF_CORE_READ(task, cred, uid.val) != settings.only_uid)
		return false;
	return true;
}

/* The path of a cgroup that an attach names. */
verified_once int send_cgroup_path(__u64 call_id, __u64 node)
{
	struct path_scratch *p = path_scratch_at_hand();
	struct scratch *s = scratch_at_hand();
	__u32 end;

	if (!p || !s)
		return 0;
	end = append_cgroup(0, node);
	if (end > SKEP_PATH_LEN)
		end = SKEP_PATH_LEN;
	begin_whole_blob(s, call_id, SKEP_BLOB_TARGET, BPF_CORE_READ((struct kernfs_node *)node, id), end);
	bpf_probe_read_kernel(s->piece.data, end, p->path);
	return send_piece(end);
}

#endif
