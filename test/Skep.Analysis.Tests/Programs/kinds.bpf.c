// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program of each kind, each with something that explain must find. What each does is plain from its source. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

struct heap_event {
	__u64 when;
	__u32 uid;
	__u32 cpu;
	char path[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct heap_event);
} heap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} saved SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} ports SEC(".maps");

struct stack_event {
	__u32 pid;
	__u32 tid;
	__u64 never;
	char name[16];
	__u64 when;
	__u8 flag;
};

struct exit_args {
	__u64 common;
	__u64 nr;
	long ret;
};

/* cleared, then stored in part */
SEC("tracepoint/syscalls/sys_exit_read")
int from_stack(struct exit_args *ctx)
{
	struct stack_event out;

	__builtin_memset(&out, 0, sizeof(out));
	out.pid = bpf_get_current_pid_tgid() >> 32;
	out.tid = bpf_get_current_pid_tgid();
	bpf_get_current_comm(&out.name, sizeof(out.name));
	out.when = bpf_ktime_get_ns();
	if (ctx->ret > 0)
		out.flag = 7;
	bpf_ringbuf_output(&ring, &out, sizeof(out), 0);
	return 0;
}

SEC("kprobe/do_unlinkat")
int from_heap(struct pt_regs *ctx)
{
	__u32 zero = 0;
	struct heap_event *e = bpf_map_lookup_elem(&heap, &zero);

	if (!e)
		return 0;
	e->when = bpf_ktime_get_boot_ns();
	e->uid = bpf_get_current_uid_gid();
	e->cpu = bpf_get_smp_processor_id();
	bpf_probe_read_kernel_str(e->path, sizeof(e->path), (void *)PT_REGS_PARM2(ctx));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, e, sizeof(*e));
	return 0;
}

/* hides the next entry: adds its length to that of the one before */
SEC("tracepoint/syscalls/sys_exit_getdents64")
int hide(struct exit_args *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u64 *entry = bpf_map_lookup_elem(&saved, &id);
	__u16 length = 0;

	if (!entry)
		return 0;
	bpf_probe_read_user(&length, sizeof(length), (void *)(*entry + 16));
	length += 24;
	bpf_probe_write_user((void *)(*entry + 16), &length, sizeof(length));
	return 0;
}

/* nothing is listed yet when the call begins */
SEC("tracepoint/syscalls/sys_enter_getdents64")
int too_early(struct exit_args *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u64 *where = bpf_map_lookup_elem(&saved, &id);
	__u32 zero = 0;

	if (where)
		bpf_probe_write_user((void *)*where, &zero, sizeof(zero));
	return 0;
}

/* the same write elsewhere hides nothing */
SEC("tracepoint/syscalls/sys_exit_read")
int write_only(struct exit_args *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u64 *where = bpf_map_lookup_elem(&saved, &id);
	__u32 zero = 0;

	if (where)
		bpf_probe_write_user((void *)*where, &zero, sizeof(zero));
	return 0;
}

SEC("kprobe/__x64_sys_mkdir")
int refuse(struct pt_regs *ctx)
{
	bpf_override_return(ctx, -1);
	bpf_send_signal(9);
	return 0;
}

/* 0 lets the function run */
SEC("fmod_ret/security_file_open")
int instead(__u64 *ctx)
{
	(void)ctx;
	return (__u32)bpf_get_current_uid_gid() == 65534 ? -13 : 0;
}

SEC("kprobe/input_event")
int keys(struct pt_regs *ctx)
{
	struct key { __u32 type, code; __s32 value; } *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return 0;
	e->type = PT_REGS_PARM2(ctx);
	e->code = PT_REGS_PARM3(ctx);
	e->value = PT_REGS_PARM4(ctx);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* at the place of keys, but takes nothing */
SEC("kprobe/input_event")
int count_only(void *ctx)
{
	__u64 id = 0, one = 1;

	bpf_map_update_elem(&saved, &id, &one, 0);
	return 0;
}

SEC("uretprobe//bin/bash:readline")
int typed(struct pt_regs *ctx)
{
	struct line { __u32 pid; char text[80]; } *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_probe_read_user_str(e->text, sizeof(e->text), (void *)PT_REGS_RC(ctx));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("xdp")
int bounce(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if (data + sizeof(*eth) > end)
		return XDP_DROP;
	if (eth->h_proto == 0x0608)
		return bpf_redirect_map(&ports, 1, XDP_PASS);
	if (eth->h_proto != 0x0008)
		return XDP_PASS;
	eth->h_source[0] = 2;
	return XDP_TX;
}

SEC("xdp")
int look(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 id = 1;

	if (data + 14 <= end && *(__u16 *)(data + 12) == 0x0608)
		bpf_map_delete_elem(&saved, &id);
	return XDP_PASS;
}

SEC("tc")
int shape(struct __sk_buff *skb)
{
	__u8 ttl = 1;

	if (skb->protocol == 0x0008)
		bpf_skb_store_bytes(skb, 22, &ttl, 1, 0);
	if (skb->len > 1000)
		return 2;
	bpf_clone_redirect(skb, 3, 0);
	skb->mark = 5;
	return 0;
}

SEC("cgroup/connect4")
int redirect(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == 0x3500)
		ctx->user_ip4 = 0x0100007f;
	return ctx->user_port != 0x1600;
}

SEC("cgroup/dev")
int device(struct bpf_cgroup_dev_ctx *ctx)
{
	return ctx->major == 1;
}

struct inode { unsigned long i_ino; } __attribute__((preserve_access_index));
struct file { struct inode *f_inode; } __attribute__((preserve_access_index));
struct task_struct { struct task_struct *real_parent; int tgid; } __attribute__((preserve_access_index));

SEC("lsm/file_open")
int open_file(unsigned long long *ctx)
{
	struct file *file = (void *)ctx[0];
	struct { __u64 inode; __u32 parent; } out = {};
	struct task_struct *task = (void *)bpf_get_current_task();

	out.inode = BPF_CORE_READ(file, f_inode, i_ino);
	out.parent = BPF_CORE_READ(task, real_parent, tgid);
	bpf_ringbuf_output(&ring, &out, 16, 0);
	return out.inode == 2 ? -1 : 0;
}

/* a function that is not inlined writes through a pointer into the caller's frame */
static __attribute__((noinline)) int fill(struct stack_event *out, __u32 id)
{
	out->pid = id;
	out->when = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tp/sched_switch")
int by_function(struct bpf_raw_tracepoint_args *ctx)
{
	struct stack_event out;

	out.tid = 0;
	out.never = 0;
	fill(&out, bpf_get_smp_processor_id());
	bpf_get_current_comm(out.name, sizeof(out.name));
	out.flag = 1;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &out, sizeof(out));
	return 0;
}

SEC("sockops")
int sockets(struct bpf_sock_ops *ctx)
{
	int on = 1;

	if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		bpf_setsockopt(ctx, 1, 9, &on, sizeof(on));
	return 1;
}

/* The length of a message: 0 asks for more of it. */
SEC("sk_skb/stream_parser")
int message_length(struct __sk_buff *skb)
{
	return skb->len < 8 ? 0 : 8;
}

SEC("sk_skb/stream_verdict")
int message_verdict(struct __sk_buff *skb)
{
	return skb->len < 8 ? SK_DROP : SK_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
