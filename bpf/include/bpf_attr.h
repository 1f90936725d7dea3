/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * union bpf_attr as of Linux 6.18 (include/uapi/linux/bpf.h), a structure per command: the headers of an older
 * machine lack the newer fields. Shared with C#: build/layouts.awk writes the structures for both readers of
 * them, and the table of what an event shows. A test compares them with the running kernel.
 *
 * The type says how a field is shown: numbers as they are, signed ones as descriptors, attr_ptr in hexadecimal.
 * attr_out: the kernel writes it, so it is read when the call is over. attr_unused: it is another command's, and is not shown.
 * Of a union, the first member is shown.
 */
#ifndef SKEP_BPF_ATTR_H
#define SKEP_BPF_ATTR_H

typedef __s32 attr_fd;
typedef __u64 attr_ptr;
#define attr_out
#define attr_unused

struct attr_map_create {
	__u32 map_type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 map_flags;
	attr_fd inner_map_fd;
	__u32 numa_node;
	char map_name[16];
	__u32 map_ifindex;
	attr_fd btf_fd;
	__u32 btf_key_type_id;
	__u32 btf_value_type_id;
	__u32 btf_vmlinux_value_type_id;
	__u64 map_extra;
	attr_fd value_type_btf_obj_fd;
	attr_fd map_token_fd;
	attr_ptr excl_prog_hash;
	__u32 excl_prog_hash_size;
};

struct attr_map_element {
	attr_fd map_fd;
	attr_ptr key;
	attr_ptr value;
	__u64 flags;
};

struct attr_map_next_key {
	attr_fd map_fd;
	attr_ptr key;
	attr_ptr next_key;
};

struct attr_map_batch {
	attr_ptr in_batch;
	attr_ptr out_batch;
	attr_ptr keys;
	attr_ptr values;
	attr_out __u32 count;
	attr_fd map_fd;
	__u64 elem_flags;
	__u64 flags;
};

struct attr_prog_load {
	__u32 prog_type;
	__u32 insn_cnt;
	attr_ptr insns;
	attr_ptr license;
	__u32 log_level;
	__u32 log_size;
	attr_ptr log_buf;
	__u32 kern_version;
	__u32 prog_flags;
	char prog_name[16];
	__u32 prog_ifindex;
	__u32 expected_attach_type;
	attr_fd prog_btf_fd;
	__u32 func_info_rec_size;
	attr_ptr func_info;
	__u32 func_info_cnt;
	__u32 line_info_rec_size;
	attr_ptr line_info;
	__u32 line_info_cnt;
	__u32 attach_btf_id;
	union {
		attr_fd attach_prog_fd;
		attr_fd attach_btf_obj_fd;
	};
	__u32 core_relo_cnt;
	attr_ptr fd_array;
	attr_ptr core_relos;
	__u32 core_relo_rec_size;
	attr_out __u32 log_true_size;
	attr_fd prog_token_fd;
	__u32 fd_array_cnt;
	attr_ptr signature;
	__u32 signature_size;
	__s32 keyring_id;
};

struct attr_object_path {
	attr_ptr pathname;
	attr_fd bpf_fd;
	__u32 file_flags;
	attr_fd path_fd;
};

struct attr_prog_attach {
	attr_fd target_fd;
	attr_fd attach_bpf_fd;
	__u32 attach_type;
	__u32 attach_flags;
	attr_fd replace_bpf_fd;
	attr_fd relative_fd;
	__u64 expected_revision;
};

struct attr_prog_test_run {
	attr_fd prog_fd;
	attr_out __u32 retval;
	__u32 data_size_in;
	attr_out __u32 data_size_out;
	attr_ptr data_in;
	attr_ptr data_out;
	__u32 repeat;
	attr_out __u32 duration;
	__u32 ctx_size_in;
	attr_out __u32 ctx_size_out;
	attr_ptr ctx_in;
	attr_ptr ctx_out;
	__u32 flags;
	__u32 cpu;
	__u32 batch_size;
};

struct attr_next_id {
	__u32 start_id;
	attr_out __u32 next_id;
};

struct attr_prog_by_id {
	__u32 prog_id;
	attr_unused __u32 next_id;
	__u32 open_flags;
	attr_fd fd_by_id_token_fd;
};

struct attr_map_by_id {
	__u32 map_id;
	attr_unused __u32 next_id;
	__u32 open_flags;
	attr_fd fd_by_id_token_fd;
};

struct attr_btf_by_id {
	__u32 btf_id;
	attr_unused __u32 next_id;
	__u32 open_flags;
	attr_fd fd_by_id_token_fd;
};

struct attr_link_by_id {
	__u32 link_id;
	attr_unused __u32 next_id;
	__u32 open_flags;
	attr_fd fd_by_id_token_fd;
};

struct attr_object_info {
	attr_fd bpf_fd;
	attr_out __u32 info_len;
	attr_ptr info;
};

struct attr_prog_query {
	attr_fd target_fd;
	__u32 attach_type;
	__u32 query_flags;
	attr_out __u32 attach_flags;
	attr_ptr prog_ids;
	attr_out __u32 prog_cnt;
	attr_ptr prog_attach_flags;
	attr_ptr link_ids;
	attr_ptr link_attach_flags;
	attr_out __u64 revision;
};

struct attr_raw_tracepoint {
	attr_ptr name;
	attr_fd prog_fd;
	__u64 cookie;
};

struct attr_btf_load {
	attr_ptr btf;
	attr_ptr btf_log_buf;
	__u32 btf_size;
	__u32 btf_log_size;
	__u32 btf_log_level;
	attr_out __u32 btf_log_true_size;
	__u32 btf_flags;
	attr_fd btf_token_fd;
};

struct attr_task_fd_query {
	__u32 pid;
	attr_fd fd;
	__u32 flags;
	attr_out __u32 buf_len;
	attr_ptr buf;
	attr_out __u32 prog_id;
	attr_out __u32 fd_type;
	attr_out __u64 probe_offset;
	attr_out attr_ptr probe_addr;
};

struct attr_map_freeze {
	attr_fd map_fd;
};

/* What follows the head depends on the attach type. */
struct attr_link_head {
	union {
		attr_fd prog_fd;
		attr_fd map_fd;
	};
	union {
		attr_fd target_fd;
		__u32 target_ifindex;
	};
	__u32 attach_type;
	__u32 flags;
};

struct attr_link_create {
	struct attr_link_head head;
	__u32 target_btf_id;
};

struct attr_link_iter {
	struct attr_link_head head;
	attr_ptr iter_info;
	__u32 iter_info_len;
};

struct attr_link_perf_event {
	struct attr_link_head head;
	__u64 bpf_cookie;
};

struct attr_link_kprobe_multi {
	struct attr_link_head head;
	__u32 flags;
	__u32 cnt;
	attr_ptr syms;
	attr_ptr addrs;
	attr_ptr cookies;
};

struct attr_link_uprobe_multi {
	struct attr_link_head head;
	attr_ptr path;
	attr_ptr offsets;
	attr_ptr ref_ctr_offsets;
	attr_ptr cookies;
	__u32 cnt;
	__u32 flags;
	__u32 pid;
	attr_fd path_fd;
};

struct attr_link_tracing_multi {
	struct attr_link_head head;
	attr_ptr ids;
	attr_ptr cookies;
	__u32 cnt;
};

struct attr_link_tracing {
	struct attr_link_head head;
	__u32 target_btf_id;
	__u64 cookie;
};

struct attr_link_netfilter {
	struct attr_link_head head;
	__u32 pf;
	__u32 hooknum;
	__s32 priority;
	__u32 flags;
};

/* Links of one hook that stand in an order: tcx, netkit, cgroup. */
struct attr_link_ordered {
	struct attr_link_head head;
	attr_fd relative_fd;
	__u64 expected_revision;
};

struct attr_link_update {
	attr_fd link_fd;
	attr_fd new_prog_fd;
	__u32 flags;
	attr_fd old_prog_fd;
};

struct attr_link_detach {
	attr_fd link_fd;
};

struct attr_enable_stats {
	__u32 type;
};

struct attr_iter_create {
	attr_fd link_fd;
	__u32 flags;
};

struct attr_prog_bind_map {
	attr_fd prog_fd;
	attr_fd map_fd;
	__u32 flags;
};

struct attr_prog_assoc_struct_ops {
	attr_fd map_fd;
	attr_fd prog_fd;
	__u32 flags;
};

struct attr_token_create {
	__u32 flags;
	attr_fd bpffs_fd;
};

struct attr_prog_stream_read {
	attr_ptr stream_buf;
	__u32 stream_buf_len;
	__u32 stream_id;
	attr_fd prog_fd;
};

#endif
