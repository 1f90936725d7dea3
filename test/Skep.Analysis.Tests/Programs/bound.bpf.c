// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The map and name of systemd's program for BindNetworkInterface=. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 ifindex = 0;

SEC("cgroup/sock_create")
int sd_bind_interface(struct bpf_sock *sock)
{
	sock->bound_dev_if = ifindex;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
