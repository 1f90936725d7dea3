/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fields of the kernel's structures that the iterators of the inventory read, beside those of kernel.h: flavours of the same names. */
#ifndef SKEP_INVENTORY_KERNEL_H
#define SKEP_INVENTORY_KERNEL_H

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct task_struct___listed {
	struct pid *thread_pid;
	struct task_struct___listed *group_leader;
};

struct sock_fprog_kern {
	__u16 len;
};

struct bpf_prog___listed {
	__u16 pages;
	struct sock_fprog_kern *orig_prog;
};

struct sk_filter {
	struct bpf_prog *prog;
};

struct sock_reuseport {
	struct bpf_prog *prog;
};

struct sk_psock_progs {
	struct bpf_prog *msg_parser;
	struct bpf_prog *stream_parser;
	struct bpf_prog *stream_verdict;
	struct bpf_prog *skb_verdict;
};

struct sk_psock {
	struct sk_psock_progs progs;
	struct list_head link;
};

struct sk_psock_link {
	struct list_head list;
	struct bpf_map *map;
};

struct in6_addr___listed {
	__u8 bytes[16];
};

struct sock_common___listed {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	int skc_bound_dev_if;
	struct {
		struct net *net;
	} skc_net;
	struct in6_addr___listed skc_v6_daddr;
	struct in6_addr___listed skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

struct sock___listed {
	struct sock_common___listed __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
	struct sk_filter *sk_filter;
	struct sock_reuseport *sk_reuseport_cb;
	void *sk_user_data;
};

enum sock_flags {
	SOCK_FILTER_LOCKED = 0xff,
};

struct sockaddr_un {
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
};

struct packet_sock {
	int ifindex;
	__u16 num;
};

struct bpf_struct_ops_map {
	struct bpf_link **links;
};

struct bpf_struct_ops_map___since_6_13 {
	__u32 funcs_cnt;
};

struct bpf_struct_ops_map___before_6_13 {
	__u32 links_cnt;
};

struct seccomp_filter {
	bool log;
	struct seccomp_filter *prev;
	struct bpf_prog *prog;
	void *notif;
};

struct task_struct___seccomp {
	struct {
		int mode;
		struct {
			int counter;
		} filter_count;
		struct seccomp_filter *filter;
	} seccomp;
};

struct bpf_iter__bpf_prog {
	struct bpf_iter_meta *meta;
	struct bpf_prog *prog;
};

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
};

struct bpf_iter__bpf_link {
	struct bpf_iter_meta *meta;
	struct bpf_link *link;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* The number of a process in the pid namespace of the reader, which is the current task. */
static __always_inline __u32 number_of(struct pid *pid)
{
	struct task_struct___listed *reader = (void *)bpf_get_current_task();
	__u32 level = BPF_CORE_READ(reader, thread_pid, level);
	__u32 nr = 0;

	if (!pid || level > BPF_CORE_READ(pid, level))
		return 0;
	bpf_probe_read_kernel(&nr, sizeof(nr), (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			      level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, nr));
	return nr;
}

static __always_inline __u32 process_of(struct task_struct *task)
{
	return number_of(BPF_CORE_READ((struct task_struct___listed *)task, group_leader, thread_pid));
}

static __always_inline __u32 thread_of(struct task_struct *task)
{
	return number_of(BPF_CORE_READ((struct task_struct___listed *)task, thread_pid));
}

static __always_inline __u32 program_id(struct bpf_prog *prog)
{
	return prog ? BPF_CORE_READ(prog, aux, id) : 0;
}

/* Instructions of classic code as they were given; the kernel's own translation when they were not kept. */
static __always_inline __u32 classic_length(struct bpf_prog *prog)
{
	struct sock_fprog_kern *given = BPF_CORE_READ((struct bpf_prog___listed *)prog, orig_prog);

	return given ? BPF_CORE_READ(given, len) : BPF_CORE_READ(prog, len);
}

#endif
