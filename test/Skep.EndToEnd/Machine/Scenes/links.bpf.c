// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program for each kind of link, and of some kinds one that does something: links.c attaches each by itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define NOBODY 65534
#define EPERM 1

struct file;
struct bpf_key {
};

#define PROGRAM(section, name, result) \
	SEC(section) int name(void *ctx) { (void)ctx; return result; }

PROGRAM("tracepoint/sched/sched_process_exec", on_tracepoint, 0)
PROGRAM("raw_tracepoint/sched_switch", on_raw_tp, 0)
PROGRAM("tp_btf/sched_process_fork", on_tp_btf, 0)
PROGRAM("fentry/vfs_unlink", on_fentry, 0)
PROGRAM("fexit/vfs_unlink", on_fexit, 0)
PROGRAM("fentry/veth_newlink", on_module, 0)
PROGRAM("lsm.s/bprm_committed_creds", on_lsm_sleep, 0)
PROGRAM("kprobe/vfs_unlink", on_kprobe, 0)
PROGRAM("kretprobe/vfs_unlink", on_kretprobe, 0)
PROGRAM("kprobe.multi/vfs_unlin*", on_kprobe_multi, 0)
PROGRAM("uprobe//bin/links:probed", on_uprobe, 0)
PROGRAM("uretprobe//bin/links:probed", on_uretprobe, 0)
PROGRAM("kprobe", on_uprobe_multi, 0)
PROGRAM("perf_event", on_clock, 0)
PROGRAM("iter/task", on_iter, 0)
PROGRAM("iter/bpf_map_elem", on_iter_map, 0)
PROGRAM("xdp", on_xdp, XDP_PASS)
PROGRAM("cgroup_skb/egress", on_cgroup_skb, 1)
PROGRAM("cgroup/connect4", on_connect4, 1)
PROGRAM("lsm_cgroup/socket_bind", on_lsm_cgroup, 1)
PROGRAM("sk_lookup", on_sk_lookup, SK_PASS)
PROGRAM("flow_dissector", on_dissector, BPF_OK)
PROGRAM("xdp", on_netfilter, 1)
PROGRAM("tc", on_tcx, 0)
PROGRAM("tc", on_netkit, 0)
PROGRAM("fentry/has_replaced", on_program, 0)

/* What a policy would look like: nobody may open files that it makes. */
SEC("lsm/file_open")
int BPF_PROG(on_lsm, struct file *file, int ret)
{
	(void)ctx;
	(void)file;
	if (ret)
		return ret;
	return (__u32)bpf_get_current_uid_gid() == NOBODY ? -EPERM : 0;
}

SEC("fmod_ret/security_file_permission")
int BPF_PROG(on_fmod_ret, struct file *file, int mask, int ret)
{
	(void)ctx;
	(void)file;
	(void)mask;
	if (ret)
		return ret;
	return (__u32)bpf_get_current_uid_gid() == NOBODY ? -EPERM : 0;
}

/* A function for freplace, and a program for fentry, to take the place of. */
__attribute__((noinline)) int replaced(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex > 1000 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int has_replaced(struct xdp_md *ctx)
{
	return replaced(ctx);
}

SEC("freplace/replaced")
int on_freplace(struct xdp_md *ctx)
{
	return ctx->rx_queue_index ? XDP_TX : XDP_PASS;
}

/* Maps, functions, a callback and functions of the kernel: what a dump has to name. */
struct count {
	__u64 packets;
	__u32 last[2];
	char who[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

struct bpf_key *bpf_lookup_system_key(__u64 id) __attribute__((section(".ksyms")));
void bpf_key_put(struct bpf_key *key) __attribute__((section(".ksyms")));

static volatile const __u32 steps = 10;
__u64 total;

static int each(__u32 index, void *context)
{
	__u64 *sum = context;

	*sum += index;
	return index == 7;
}

__attribute__((noinline)) static __u64 counted(__u32 key)
{
	struct count fresh = { .packets = 1 }, *known = bpf_map_lookup_elem(&counts, &key);
	__u64 *call = bpf_map_lookup_elem(&calls, &(__u32){ 1 });

	if (call)
		++*call;
	if (known)
		return __sync_fetch_and_add(&known->packets, 1);
	bpf_get_current_comm(fresh.who, sizeof(fresh.who));
	bpf_map_update_elem(&counts, &key, &fresh, BPF_ANY);
	return 0;
}

SEC("fentry/__x64_sys_unlink")
int on_syscall(void *ctx)
{
	struct bpf_key *key = bpf_lookup_system_key(0);
	__u64 sum = 0;

	(void)ctx;
	if (key)
		bpf_key_put(key);
	bpf_loop(steps, each, &sum, 0);
	total += sum + counted(bpf_get_current_pid_tgid() >> 32);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
