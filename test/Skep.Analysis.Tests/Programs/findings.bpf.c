// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Of each finding one program that has it (hit_NAME) and one that just misses it (miss_NAME), as docs/explain.md defines them. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

extern void crash_kexec(struct pt_regs *regs) __ksym;

extern int bpf_probe_read_kernel_dynptr(struct bpf_dynptr *dptr, __u32 off, __u32 size, const void *address) __ksym;
extern int bpf_set_dentry_xattr(void *dentry, const char *name, const struct bpf_dynptr *value, int flags) __ksym;
extern int bpf_get_dentry_xattr(void *dentry, const char *name, struct bpf_dynptr *value) __ksym;
extern int hid_bpf_input_report(void *ctx, int type, __u8 *buf, __u64 buf__sz) __ksym;
extern void bpf_qdisc_skb_drop(void *skb, void *to_free) __ksym;

/* Of Linux 7.3. */
struct bpf_ksock;
struct bpf_ksock_create_opts { __u8 family, type, protocol, reserved; };
struct io_ring_ctx;
extern struct bpf_ksock *bpf_ksock_create(const struct bpf_ksock_create_opts *opts, __u32 opts__sz, int *err__uninit) __ksym;
extern int bpf_ksock_send(struct bpf_ksock *ks, const void *data, __u32 data__sz) __ksym;
extern void bpf_ksock_release(struct bpf_ksock *ks) __ksym;
extern int bpf_icmp_send(struct __sk_buff *skb_ctx, int type, int code) __ksym;
extern int bpf_io_uring_submit_sqes(struct io_ring_ctx *ctx, unsigned int nr) __ksym;
extern __u8 *bpf_io_uring_get_region(struct io_ring_ctx *ctx, __u32 region_id, const __u64 rdwr_buf_size) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

struct task_struct { int pid; int exit_code; } __attribute__((preserve_access_index));

struct exit_args {
	__u64 common;
	long id;
	long ret;
};

#define WHERE ((void *)0x1000)

static __always_inline __u64 any(void)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&values, &zero);

	return value ? *value : 0;
}

static __always_inline int overwrite(void)
{
	__u32 zero = 0;

	return bpf_probe_write_user(WHERE, &zero, sizeof(zero));
}

SEC("kprobe/do_exit") int hit_writes_user_memory(void *ctx) { overwrite(); return 0; }
SEC("kprobe/do_exit") int miss_writes_user_memory(void *ctx) { __u32 v; bpf_probe_read_user(&v, 4, WHERE); return v == 3; }

SEC("tracepoint/raw_syscalls/sys_exit") int hit_hides_from_getdents(struct exit_args *ctx) { if (ctx->id == 78) overwrite(); return 0; }
SEC("tracepoint/raw_syscalls/sys_exit") int hit_hides_from_getdents_either(struct exit_args *ctx)
{ if (ctx->id != 78 && ctx->id != 217) return 0; overwrite(); return 0; }
SEC("tracepoint/raw_syscalls/sys_exit") int miss_hides_from_getdents(struct exit_args *ctx) { if (ctx->ret == 78) overwrite(); return 0; }
SEC("tracepoint/raw_syscalls/sys_exit") int miss_hides_from_getdents_elsewhere(struct exit_args *ctx)
{ if (ctx->id == 78) bpf_printk("listed"); overwrite(); return 0; }
SEC("tracepoint/raw_syscalls/sys_exit") int miss_hides_from_getdents_other(struct exit_args *ctx)
{ if (ctx->id == 78) return 0; overwrite(); return 0; }

SEC("kprobe/do_exit") int hit_overrides_return(struct pt_regs *ctx) { bpf_override_return(ctx, -1); return 0; }
SEC("kprobe/do_exit") int miss_overrides_return(struct pt_regs *ctx) { return -1; }

SEC("cgroup/setsockopt") int hit_changes_return_value(struct bpf_sockopt *ctx) { bpf_set_retval(-1); return 1; }
SEC("cgroup/setsockopt") int miss_changes_return_value(struct bpf_sockopt *ctx) { return bpf_get_retval() == -1; }

SEC("kprobe/do_exit") int hit_sends_signals(void *ctx) { bpf_send_signal(9); return 0; }
SEC("kprobe/do_exit") int miss_sends_signals(void *ctx) { bpf_get_current_task(); return 9; }

SEC("kprobe/do_exit") int hit_reads_user_memory(void *ctx) { __u32 v; bpf_probe_read_user(&v, 4, WHERE); return v == 3; }
SEC("kprobe/do_exit") int miss_reads_user_memory(void *ctx) { __u32 v; bpf_probe_read_kernel(&v, 4, WHERE); return v == 3; }

SEC("kprobe/do_exit") int hit_reads_kernel_memory(void *ctx) { __u32 v; bpf_probe_read_kernel(&v, 4, WHERE); return v == 3; }
SEC("tp_btf/task_newtask") int miss_reads_kernel_memory(__u64 *ctx) { struct task_struct *task = (void *)ctx[0]; return task->pid == 3; }

SEC("kprobe/do_exit") int hit_reads_memory(void *ctx) { __u32 v; bpf_probe_read(&v, 4, WHERE); return v == 3; }
SEC("kprobe/do_exit") int miss_reads_memory(void *ctx) { __u32 v; bpf_probe_read_user(&v, 4, WHERE); return v == 3; }

SEC("tp_btf/task_newtask") int hit_writes_kernel_memory(__u64 *ctx)
{ struct task_struct *task = (void *)ctx[0]; task->exit_code = 3; return 0; }
SEC("tp_btf/task_newtask") int miss_writes_kernel_memory(__u64 *ctx)
{ __u32 zero = 0; __u64 *value = bpf_map_lookup_elem(&values, &zero); if (value) *value = 3; return 0; }

SEC("tc") int hit_rewrites_packets(struct __sk_buff *skb) { bpf_skb_vlan_pop(skb); return 0; }
SEC("tc") int miss_rewrites_packets(struct __sk_buff *skb)
{ bpf_skb_set_tstamp(skb, 3, BPF_SKB_TSTAMP_DELIVERY_MONO); skb->mark = 3; return 0; }

SEC("tc") int hit_redirects_packets(struct __sk_buff *skb) { bpf_clone_redirect(skb, 3, 0); return 0; }
SEC("tc") int miss_redirects_packets(struct __sk_buff *skb) { return TC_ACT_PIPE; }

SEC("sk_msg") int hit_redirects_sockets(struct sk_msg_md *msg) { return bpf_msg_redirect_map(msg, &sockets, 0, 0); }
SEC("sk_msg") int miss_redirects_sockets(struct sk_msg_md *msg) { bpf_msg_apply_bytes(msg, 3); return SK_PASS; }

SEC("xdp") int hit_drops_packets(struct xdp_md *ctx) { return any() == 3 ? XDP_DROP : XDP_PASS; }
SEC("xdp") int miss_drops_packets(struct xdp_md *ctx) { return any() == 3 ? XDP_TX : XDP_PASS; }

SEC("xdp") int hit_sends_packets_back(struct xdp_md *ctx) { return any() == 3 ? XDP_TX : XDP_PASS; }
SEC("xdp") int miss_sends_packets_back(struct xdp_md *ctx) { return any() == 3 ? XDP_DROP : XDP_PASS; }

SEC("cgroup/dev") int hit_denies_operations(struct bpf_cgroup_dev_ctx *ctx) { return ctx->major == 3; }
SEC("cgroup/dev") int miss_denies_operations(struct bpf_cgroup_dev_ctx *ctx) { return ctx->major == 3 ? 1 : any() | 1; }

SEC("cgroup/connect4") int hit_rewrites_addresses(struct bpf_sock_addr *ctx) { ctx->user_ip4 = 3; return 1; }
SEC("cgroup/connect4") int miss_rewrites_addresses(struct bpf_sock_addr *ctx) { return ctx->user_ip4 != 3; }

SEC("sockops") int hit_changes_sockets(struct bpf_sock_ops *ctx) { bpf_sock_ops_cb_flags_set(ctx, 1); return 1; }
SEC("sockops") int miss_changes_sockets(struct bpf_sock_ops *ctx) { int on; bpf_getsockopt(ctx, 1, 9, &on, sizeof(on)); return on == 1; }

SEC("cgroup/sysctl") int hit_changes_sysctl(struct bpf_sysctl *ctx) { char text[] = "1"; bpf_sysctl_set_new_value(ctx, text, 1); return 1; }
SEC("cgroup/sysctl") int miss_changes_sysctl(struct bpf_sysctl *ctx) { char text[8]; bpf_sysctl_get_new_value(ctx, text, 8); return 1; }

SEC("lsm/bprm_creds_for_exec") int hit_changes_exec(__u64 *ctx) { bpf_bprm_opts_set((void *)ctx[0], 1); return 0; }
SEC("lsm/bprm_creds_for_exec") int miss_changes_exec(__u64 *ctx) { return ctx[0] == 0 ? 0 : 0; }

SEC("syscall") int hit_makes_system_calls(void *ctx)
{ union bpf_attr attr = {}; bpf_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr)); return 0; }
SEC("syscall") int miss_makes_system_calls(void *ctx) { char name[] = "a"; return bpf_btf_find_by_name_kind(name, 2, 4, 0) > 0; }

SEC("syscall") int hit_finds_kernel_addresses(void *ctx)
{ char name[] = "schedule"; __u64 address; return bpf_kallsyms_lookup_name(name, 9, 0, &address); }
SEC("syscall") int miss_finds_kernel_addresses(void *ctx)
{ char name[] = "schedule"; return bpf_btf_find_by_name_kind(name, 9, 12, 0) > 0; }

SEC("lirc_mode2") int hit_makes_input_events(unsigned int *sample) { bpf_rc_keydown(sample, 1, 2, 0); return 0; }
SEC("lirc_mode2") int miss_makes_input_events(unsigned int *sample) { return *sample == 3; }

SEC("fentry/vfs_open") int hit_reads_kernel_memory_by_dynptr(__u64 *ctx)
{ struct bpf_dynptr all; __u32 zero = 0; __u64 *value = bpf_map_lookup_elem(&values, &zero); if (!value) return 0;
  bpf_dynptr_from_mem(value, sizeof(*value), 0, &all); return bpf_probe_read_kernel_dynptr(&all, 0, 8, (void *)ctx[0]); }

SEC("lsm.s/inode_getattr") int hit_changes_xattrs(__u64 *ctx)
{ struct bpf_dynptr all; __u32 zero = 0; __u64 *value = bpf_map_lookup_elem(&values, &zero); if (!value) return 0;
  bpf_dynptr_from_mem(value, sizeof(*value), 0, &all); bpf_set_dentry_xattr((void *)ctx[0], "security.bpf.a", &all, 0); return 0; }
SEC("lsm.s/inode_getattr") int miss_changes_xattrs(__u64 *ctx)
{ struct bpf_dynptr all; __u32 zero = 0; __u64 *value = bpf_map_lookup_elem(&values, &zero); if (!value) return 0;
  bpf_dynptr_from_mem(value, sizeof(*value), 0, &all); bpf_get_dentry_xattr((void *)ctx[0], "security.bpf.a", &all); return 0; }

SEC("struct_ops/enqueue") int hit_drops_packets_of_a_queue(__u64 *ctx) { bpf_qdisc_skb_drop((void *)ctx[0], (void *)ctx[2]); return 1; }

SEC("syscall") int hit_makes_input_events_of_a_device(void *ctx) { __u8 report[8] = {}; return hid_bpf_input_report(ctx, 0, report, 8); }

SEC("syscall") int hit_uses_kernel_sockets(void *ctx)
{ struct bpf_ksock_create_opts opts = { 2, 2, 17, 0 }; int error = 0; return bpf_ksock_create(&opts, sizeof(opts), &error) != 0; }
SEC("fentry.s/bprm_execve") int hit_uses_kernel_sockets_to_send(__u64 *ctx)
{ __u64 data = 1; return bpf_ksock_send((struct bpf_ksock *)ctx[0], &data, sizeof(data)); }
SEC("syscall") int miss_uses_kernel_sockets(void *ctx) { bpf_ksock_release(ctx); return 0; }

SEC("tc") int hit_sends_icmp(struct __sk_buff *skb) { return bpf_icmp_send(skb, 3, 13); }
SEC("tc") int miss_sends_icmp(struct __sk_buff *skb) { return bpf_csum_level(skb, 0); }

SEC("struct_ops.s/loop_step") int hit_submits_io_uring(__u64 *ctx)
{ return bpf_io_uring_submit_sqes((struct io_ring_ctx *)ctx[0], 1); }
SEC("struct_ops.s/loop_step") int miss_submits_io_uring(__u64 *ctx)
{ return bpf_io_uring_get_region((struct io_ring_ctx *)ctx[0], 2, 64) != 0; }

SEC("syscall") int hit_crashes_kernel(void *ctx) { crash_kexec(0); return 0; }
SEC("syscall") int miss_crashes_kernel(void *ctx) { bpf_sys_close(3); return 0; }

SEC("kprobe/input_event") int hit_reads_keystrokes(struct pt_regs *ctx)
{ __u64 code = PT_REGS_PARM3(ctx); __u32 zero = 0; bpf_map_update_elem(&values, &zero, &code, 0); return 0; }
SEC("kprobe/input_event") int miss_reads_keystrokes(struct pt_regs *ctx)
{ __u64 sp = PT_REGS_SP(ctx); __u32 zero = 0; bpf_map_update_elem(&values, &zero, &sp, 0); return 0; }
SEC("kprobe/input_event") int miss_reads_keystrokes_device(struct pt_regs *ctx)
{ __u64 device = PT_REGS_PARM1(ctx); __u32 zero = 0; bpf_map_update_elem(&values, &zero, &device, 0); return 0; }
SEC("kretprobe/input_event") int miss_reads_keystrokes_after(struct pt_regs *ctx)
{ __u64 code = PT_REGS_PARM3(ctx); __u32 zero = 0; bpf_map_update_elem(&values, &zero, &code, 0); return 0; }

SEC("uretprobe//bin/bash:readline") int hit_reads_typed_lines(struct pt_regs *ctx)
{ char text[16]; bpf_probe_read_user_str(text, 16, (void *)PT_REGS_RC(ctx)); return text[0] == 'a'; }
SEC("uprobe//bin/bash:readline") int miss_reads_typed_lines(struct pt_regs *ctx)
{ char prompt[16]; bpf_probe_read_user_str(prompt, 16, (void *)PT_REGS_PARM1(ctx)); return prompt[0] == 'a'; }
