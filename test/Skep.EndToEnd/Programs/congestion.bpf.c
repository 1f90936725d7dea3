// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A congestion control that no socket uses. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

struct tcp_congestion_ops {
	unsigned int (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, unsigned int ack, unsigned int acked);
	unsigned int (*undo_cwnd)(struct sock *sk);
	char name[16];
} __attribute__((preserve_access_index));

SEC("struct_ops/skep_ssthresh")
unsigned int BPF_PROG(skep_ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/skep_avoid")
void BPF_PROG(skep_avoid, struct sock *sk, unsigned int ack, unsigned int acked)
{
}

SEC("struct_ops/skep_undo")
unsigned int BPF_PROG(skep_undo, struct sock *sk)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops skep_test_cong = {
	.ssthresh = (void *)skep_ssthresh,
	.cong_avoid = (void *)skep_avoid,
	.undo_cwnd = (void *)skep_undo,
	.name = "skep_test",
};

char LICENSE[] SEC("license") = "GPL";
