// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tier 1 of watch: fentry and fexit on the functions that do the work. Each argument is a word of the context, a structure passed by
 * value (bpfptr_t, sockptr_t) two: a pointer, and whether it is the kernel's.
 */
#define SEES_KERNEL 1
#include "watch/watch.h"
#include "watch/hooks.h"

/* A pointer as a number, which functions that are verified by themselves take. */
static __always_inline __u64 address_at(__u64 *word)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), word);
	return address;
}

/* Wherever the kernel's function has more parameters than are read here. */
static __always_inline __s64 result_of(__u64 *ctx)
{
	__u64 result = 0;

	bpf_get_func_ret(ctx, &result);
	return result;
}

SEC("fentry/__sys_bpf")
int skep_bpf(__u64 *ctx)
{
	return hook_bpf(ctx[0], ctx[1], ctx[2] & 1, ctx[3]);
}

SEC("fexit/__sys_bpf")
int skep_bpf_end(__u64 *ctx)
{
	return hook_bpf_end(ctx[0], ctx[1], ctx[2] & 1, ctx[3], result_of(ctx));
}

/* (int cmd, union bpf_attr *attr, unsigned int size) */
SEC("fentry/security_bpf")
int skep_attr(__u64 *ctx)
{
	return hook_attr(ctx[0], address_at(ctx + 1), ctx[2]);
}

/* (struct bpf_prog *prog, ...): since Linux 6.9, and before a policy may refuse it. */
SEC("fentry/security_bpf_prog_load")
int skep_code(__u64 *ctx)
{
	return hook_code(address_at(ctx), false);
}

/* (struct bpf_prog **prog, ...) */
SEC("fentry/bpf_check")
int skep_code_checked(__u64 *ctx)
{
	return hook_code(address_at((__u64 *)address_at(ctx)), false);
}

/* (struct bpf_prog *fp, bpf_aux_classic_check_t trans) */
SEC("fentry/bpf_prepare_filter")
int skep_classic(__u64 *ctx)
{
	return hook_code(address_at(ctx), true);
}

/* (struct file *file, unsigned int cmd, unsigned long arg) */
SEC("fentry/perf_ioctl")
int skep_perf(__u64 *ctx)
{
	return hook_ioctl(ctx[1]);
}

SEC("fexit/perf_ioctl")
int skep_perf_end(__u64 *ctx)
{
	return is_attach_request(ctx[1]) ? end_other(SKEP_SYS_IOCTL, result_of(ctx)) : 0;
}

/* (struct file *file, unsigned int cmd, unsigned long arg, int ifreq_len) */
SEC("fentry/__tun_chr_ioctl")
int skep_tun(__u64 *ctx)
{
	return hook_ioctl(ctx[1]);
}

SEC("fexit/__tun_chr_ioctl")
int skep_tun_end(__u64 *ctx)
{
	return is_attach_request(ctx[1]) ? end_other(SKEP_SYS_IOCTL, result_of(ctx)) : 0;
}

/* (struct socket *sock, unsigned int cmd, unsigned long arg) */
SEC("fentry/kcm_ioctl")
int skep_kcm(__u64 *ctx)
{
	return hook_ioctl(ctx[1]);
}

SEC("fexit/kcm_ioctl")
int skep_kcm_end(__u64 *ctx)
{
	return is_attach_request(ctx[1]) ? end_other(SKEP_SYS_IOCTL, (__s32)result_of(ctx)) : 0;
}

/* (struct socket *sock, int level, int optname, sockptr_t optval, unsigned int optlen) */
SEC("fentry/packet_setsockopt")
int skep_packet(__u64 *ctx)
{
	return hook_setsockopt(ctx[1], ctx[2], ctx[3], ctx[4] & 1, ctx[5]);
}

SEC("fexit/packet_setsockopt")
int skep_packet_end(__u64 *ctx)
{
	return is_attach_option(ctx[1], ctx[2]) ? end_other(SKEP_SYS_SETSOCKOPT, (__s32)result_of(ctx)) : 0;
}

/* (u32 ufd, enum bpf_prog_type type, bool attach_drv) */
SEC("fentry/bpf_prog_get_type_dev")
int skep_get_program(__u64 *ctx)
{
	return hook_program(ctx[0]);
}

/* (struct sock *sk, int level, int optname, sockptr_t optval, unsigned int optlen) */
SEC("fentry/sk_setsockopt")
int skep_setsockopt(__u64 *ctx)
{
	return hook_setsockopt(ctx[1], ctx[2], ctx[3], ctx[4] & 1, ctx[5]);
}

SEC("fexit/sk_setsockopt")
int skep_setsockopt_end(__u64 *ctx)
{
	return is_filter_option(ctx[2]) ? end_other(SKEP_SYS_SETSOCKOPT, (__s32)result_of(ctx)) : 0;
}

/* (u32 ufd, struct sock *sk) */
SEC("fentry/sk_attach_bpf")
int skep_attach_bpf(__u64 *ctx)
{
	return hook_program(ctx[0]);
}

SEC("fentry/sk_reuseport_attach_bpf")
int skep_reuseport_attach_bpf(__u64 *ctx)
{
	return hook_program(ctx[0]);
}

/* (unsigned int op, unsigned int flags, void __user *uargs) */
SEC("fentry/do_seccomp")
int skep_seccomp(__u64 *ctx)
{
	return hook_seccomp(ctx[0]);
}

SEC("fexit/do_seccomp")
int skep_seccomp_end(__u64 *ctx)
{
	return hook_seccomp_end(result_of(ctx));
}

/* (struct sk_buff *skb) */
SEC("fentry/rtnetlink_rcv")
int skep_netlink(__u64 *ctx)
{
	return hook_netlink((struct sk_buff *)ctx[0]);
}

SEC("fexit/rtnetlink_rcv")
int skep_netlink_end(__u64 *ctx)
{
	(void)ctx;
	return hook_netlink_end();
}

/* (struct sk_buff *skb, struct nlmsghdr *nlh, struct netlink_ext_ack *extack) */
SEC("fexit/rtnetlink_rcv_msg")
int skep_message(__u64 *ctx)
{
	hook_message((struct nlmsghdr *)ctx[1]);
	return hook_message_end(result_of(ctx));
}
