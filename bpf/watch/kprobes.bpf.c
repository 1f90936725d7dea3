// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tier 2 of watch: kprobes and kretprobes on the functions of tier 1. The arguments of bpf(2) are not in the registers any more
 * when it returns: they are kept.
 */
#define SEES_KERNEL 1
#include "watch/watch.h"
#include "watch/hooks.h"

struct arguments {
	__u64 attr;
	__u32 cmd;
	__u32 size;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);	/* key_of_call() */
	__type(value, struct arguments);
} begun SEC(".maps");

/* A structure passed by value is in two registers. */
SEC("kprobe/__sys_bpf")
int skep_bpf(struct pt_regs *ctx)
{
	bool of_kernel = PARAMETER3(ctx) & 1;
	struct arguments kept = { .attr = PARAMETER2(ctx), .cmd = PARAMETER1(ctx), .size = PARAMETER4(ctx) };
	__u64 key = key_of_thread(SKEP_CALL_KERNEL);

	if (!of_kernel) { /* one whose return was not seen */
		bpf_map_delete_elem(&begun, &key);
		key = key_of_thread(0);
	}
	if (bpf_map_update_elem(&begun, &key, &kept, BPF_ANY)) {
		count(SKEP_CALLS_MADE);
		count(SKEP_CALLS_LOST);
		return 0;
	}
	return hook_bpf(kept.cmd, kept.attr, of_kernel, kept.size);
}

SEC("kretprobe/__sys_bpf")
int skep_bpf_end(struct pt_regs *ctx)
{
	bool of_kernel = true;
	__u64 key = key_of_thread(SKEP_CALL_KERNEL);
	struct arguments kept, *found = bpf_map_lookup_elem(&begun, &key);

	if (!found) {
		of_kernel = false;
		key = key_of_thread(0);
		found = bpf_map_lookup_elem(&begun, &key);
		if (!found)
			return 0;
	}
	kept = *found;
	bpf_map_delete_elem(&begun, &key);
	return hook_bpf_end(kept.cmd, kept.attr, of_kernel, kept.size, RETURN_VALUE(ctx));
}

SEC("kprobe/security_bpf")
int skep_attr(struct pt_regs *ctx)
{
	return hook_attr(PARAMETER1(ctx), PARAMETER2(ctx), PARAMETER3(ctx));
}

SEC("kprobe/security_bpf_prog_load")
int skep_code(struct pt_regs *ctx)
{
	return hook_code(PARAMETER1(ctx), false);
}

SEC("kprobe/bpf_check")
int skep_code_checked(struct pt_regs *ctx)
{
	__u64 prog = 0;

	bpf_probe_read_kernel(&prog, sizeof(prog), (void *)PARAMETER1(ctx));
	return hook_code(prog, false);
}

SEC("kprobe/bpf_prepare_filter")
int skep_classic(struct pt_regs *ctx)
{
	return hook_code(PARAMETER1(ctx), true);
}

SEC("kprobe/perf_ioctl")
int skep_perf(struct pt_regs *ctx)
{
	return hook_ioctl(PARAMETER2(ctx));
}

SEC("kretprobe/perf_ioctl")
int skep_perf_end(struct pt_regs *ctx)
{
	return end_other(SKEP_SYS_IOCTL, RETURN_VALUE(ctx));
}

SEC("kprobe/__tun_chr_ioctl")
int skep_tun(struct pt_regs *ctx)
{
	return hook_ioctl(PARAMETER2(ctx));
}

SEC("kretprobe/__tun_chr_ioctl")
int skep_tun_end(struct pt_regs *ctx)
{
	return end_other(SKEP_SYS_IOCTL, RETURN_VALUE(ctx));
}

SEC("kprobe/kcm_ioctl")
int skep_kcm(struct pt_regs *ctx)
{
	return hook_ioctl(PARAMETER2(ctx));
}

SEC("kretprobe/kcm_ioctl")
int skep_kcm_end(struct pt_regs *ctx)
{
	return end_other(SKEP_SYS_IOCTL, (__s32)RETURN_VALUE(ctx));
}

SEC("kprobe/packet_setsockopt")
int skep_packet(struct pt_regs *ctx)
{
	return hook_setsockopt(PARAMETER2(ctx), PARAMETER3(ctx), PARAMETER4(ctx), PARAMETER5(ctx) & 1, PARAMETER6(ctx));
}

SEC("kretprobe/packet_setsockopt")
int skep_packet_end(struct pt_regs *ctx)
{
	return end_other(SKEP_SYS_SETSOCKOPT, (__s32)RETURN_VALUE(ctx));
}

SEC("kprobe/bpf_prog_get_type_dev")
int skep_get_program(struct pt_regs *ctx)
{
	return hook_program(PARAMETER1(ctx));
}

SEC("kprobe/sk_setsockopt")
int skep_setsockopt(struct pt_regs *ctx)
{
	return hook_setsockopt(PARAMETER2(ctx), PARAMETER3(ctx), PARAMETER4(ctx), PARAMETER5(ctx) & 1, PARAMETER6(ctx));
}

SEC("kretprobe/sk_setsockopt")
int skep_setsockopt_end(struct pt_regs *ctx)
{
	return end_other(SKEP_SYS_SETSOCKOPT, (__s32)RETURN_VALUE(ctx));
}

SEC("kprobe/sk_attach_bpf")
int skep_attach_bpf(struct pt_regs *ctx)
{
	return hook_program(PARAMETER1(ctx));
}

SEC("kprobe/sk_reuseport_attach_bpf")
int skep_reuseport_attach_bpf(struct pt_regs *ctx)
{
	return hook_program(PARAMETER1(ctx));
}

SEC("kprobe/do_seccomp")
int skep_seccomp(struct pt_regs *ctx)
{
	return hook_seccomp(PARAMETER1(ctx));
}

SEC("kretprobe/do_seccomp")
int skep_seccomp_end(struct pt_regs *ctx)
{
	return hook_seccomp_end(RETURN_VALUE(ctx));
}

SEC("kprobe/rtnetlink_rcv")
int skep_netlink(struct pt_regs *ctx)
{
	return hook_netlink((struct sk_buff *)PARAMETER1(ctx));
}

SEC("kretprobe/rtnetlink_rcv")
int skep_netlink_end(struct pt_regs *ctx)
{
	(void)ctx;
	return hook_netlink_end();
}

SEC("kprobe/rtnetlink_rcv_msg")
int skep_message(struct pt_regs *ctx)
{
	return hook_message((struct nlmsghdr *)PARAMETER2(ctx));
}

SEC("kretprobe/rtnetlink_rcv_msg")
int skep_message_end(struct pt_regs *ctx)
{
	return hook_message_end(RETURN_VALUE(ctx));
}
