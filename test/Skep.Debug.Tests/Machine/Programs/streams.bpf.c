// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

extern int bpf_stream_vprintk_impl(int stream, const char *format, const void *values, __u32 size, void *aux) __ksym;

static const char numbers[] = "%d of %u: %llx %s\n", plain[] = "no value", wrong[] = "%y", percent[] = "100%% %5d|%-5x|\n";
static const char name[] = "name";

SEC("tc")
int print(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	__u64 values[4];
	int stream;

	if (!bytes)
		return -2;
	stream = bytes[0];
	values[0] = bytes[1] - 4;
	values[1] = bytes[2];
	values[2] = (__u64)bytes[3] << 40 | bytes[4];
	values[3] = (__u64)name;
	switch (bytes[5] & 7) {
	case 0:
		return bpf_stream_vprintk_impl(stream, plain, values, 0, 0);
	case 1:
		return bpf_stream_vprintk_impl(stream, wrong, values, 8, 0);
	case 2:
		return bpf_stream_vprintk_impl(stream, percent, values, 16, 0);
	case 3:
		return bpf_stream_vprintk_impl(stream, percent, values, 12, 0);
	case 4:
		return bpf_stream_vprintk_impl(stream, numbers, values, 16, 0);
	default:
		return bpf_stream_vprintk_impl(stream, numbers, values, 32, 0);
	}
}

char _license[] SEC("license") = "GPL";
