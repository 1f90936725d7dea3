// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program that writes to its streams: of Linux 7.0, where the call has no argument for the program. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern int bpf_stream_vprintk(int stream, const char *format, const void *args, __u32 size) __ksym __weak;

SEC("xdp")
int traced_streams(struct xdp_md *ctx)
{
	static const char format[] = "queue %d\n";
	__u64 args[1] = { ctx->rx_queue_index };

	if (bpf_stream_vprintk)
		bpf_stream_vprintk(2, format, args, sizeof(args));
	return XDP_PASS;
}
