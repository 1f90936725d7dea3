// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Reads an unchecked pointer: the verifier refuses it. */
SEC("xdp")
int rejected(struct xdp_md *ctx)
{
	return *(char *)(long)ctx->data;
}

char LICENSE[] SEC("license") = "GPL";
