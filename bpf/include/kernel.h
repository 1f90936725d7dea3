/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fields of the kernel's structures that are read, and no others: CO-RE finds their
 * places on the running kernel, so a build does not depend on the machine it runs on.
 */
#ifndef SKEP_KERNEL_H
#define SKEP_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	unsigned long i_ino;
	void *i_private;
	unsigned int i_nlink;
	__u32 i_rdev;
	struct super_block *i_sb;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start, arg_end, env_start, env_end;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

struct nsproxy {
	struct net *net_ns;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct user_namespace {
	struct user_namespace *parent;
	int level;
	kuid_t owner;
};

/* Since Linux 6.3 a number, before two of 32 bits: the same bytes. */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct cred {
	kuid_t uid;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
};

struct kernfs_node {
	const char *name;
	struct kernfs_node *__parent;
	__u64 id;
};

/* Until Linux 6.14. */
struct kernfs_node___before_6_15 {
	struct kernfs_node___before_6_15 *parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

enum cgroup_subsys_id { pids_cgrp_id };

struct signal_struct {
	struct {
		int counter;
	} live;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	char comm[16];
	__u64 start_boottime;
	const struct cred *cred;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	__u64 self_exec_id;
	kuid_t loginuid; /* with CONFIG_AUDIT */
};

struct sk_buff {
	unsigned char *data;
	unsigned int len;
	struct sk_buff *prev;
};

struct sk_buff_head {
	struct sk_buff *prev;
	__u32 qlen;
};

struct sock_common {
	unsigned short skc_family;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct sk_buff_head sk_receive_queue;
};

struct socket {
	struct sock *sk;
};

struct net_device {
	int ifindex;
	char name[16];
	struct {
		struct net *net;
	} nd_net;
};

struct tun_struct {
	struct net_device *dev;
};

/* private_data of a file of the module tun. */
struct tun_file {
	struct tun_struct *tun;
};

struct tracepoint {
	const char *name;
};

struct trace_event_class {
	const char *system;
};

struct trace_event_call {
	struct trace_event_class *class;
	union {
		const char *name;
		struct tracepoint *tp;
	};
	int flags;
};

struct nlmsghdr {
	__u16 nlmsg_type;
	__u32 nlmsg_seq;
};

struct list_head {
	struct list_head *next;
};

struct trace_probe {
	struct list_head list;
};

struct trace_probe_event {
	struct trace_event_call call;
	struct list_head probes;
};

struct trace_uprobe {
	char *filename;
	unsigned long offset;
	struct trace_probe tp;
};

struct trace_kprobe {
	const char *symbol;
	struct trace_probe tp;
};

struct pmu {
	const char *name;
};

struct perf_event_attr {
	__u32 type;
	__u64 config;
	__u64 config2;
};

struct perf_event {
	struct pmu *pmu;
	struct perf_event_attr attr;
	__u32 orig_type;
	struct trace_event_call *tp_event;
	struct bpf_prog *prog;
};

struct btf {
	__u32 id;
};

struct bpf_map {
	enum bpf_map_type map_type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 map_flags;
	__u32 id;
	struct btf *btf;
	char name[16];
};

struct bpf_prog_aux {
	__u32 used_map_cnt;
	__u32 id;
	__u32 attach_btf_id;
	__u32 verified_insns;
	const char *attach_func_name;
	__u64 load_time;
	struct bpf_map **used_maps;
	char name[16];
	struct btf *btf;
};

struct bpf_prog {
	__u16 gpl_compatible: 1;
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	__u32 len;
	__u32 jited_len;
	__u8 tag[8];
	struct bpf_prog_aux *aux;
	struct bpf_insn insnsi[0];	/* and classic instructions, in a union */
};

union bpf_attr___since_6_4 {
	struct {
		__u32 log_true_size;
	};
};

/* Since Linux 6.18 the tag is the head of a SHA-256. */
struct bpf_prog___since_6_18 {
	__u8 digest[32];
};

struct bpf_link {
	__u32 id;
	enum bpf_link_type type;
	struct bpf_prog *prog;
};

struct bpf_link___since_6_17 {
	enum bpf_attach_type attach_type;
};

struct bpf_tracing_link___until_6_16 {
	enum bpf_attach_type attach_type;
};

struct bpf_cgroup_link___until_6_16 {
	enum bpf_attach_type type;
};

struct bpf_xdp_link {
	struct net_device *dev;
};

struct tcx_link {
	struct net_device *dev;
};

struct netkit_link {
	struct net_device *dev;
};

struct bpf_cgroup_link {
	struct cgroup *cgroup;
};

struct bpf_netns_link {
	struct net *net;
};

struct bpf_nf_link {
	struct net *net;
};

struct bpf_raw_event_map {
	struct tracepoint *tp;
};

struct bpf_raw_tp_link {
	struct bpf_raw_event_map *btp;
};

struct bpf_perf_link {
	struct file *perf_file;
};

struct bpf_struct_ops_link {
	struct bpf_map *map;
};

struct bpf_uprobe_multi_link {
	struct path path;
	struct bpf_link link;
};

/* What iterators over tasks and their files pass to a program. */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
