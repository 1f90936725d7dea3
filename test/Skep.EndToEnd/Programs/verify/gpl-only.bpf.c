#define PROPRIETARY
#include "verify.h"

SEC("raw_tp/sys_enter") int probe_read(void *ctx)
{
	__u64 word;

	return bpf_probe_read_kernel(&word, 8, ctx); /* refused here: EINVAL */
}

SEC("tc") int print(struct __sk_buff *skb)
{
	char text[] = "x";

	return bpf_trace_printk(text, sizeof(text)); /* refused here: EINVAL */
}

SEC("kprobe/do_nanosleep") int registers_of_the_task(void *ctx)
{
	return bpf_task_pt_regs(0) ? 1 : 0; /* refused here: EINVAL */
}

SEC("tracepoint/syscalls/sys_enter_execve") int stack(void *ctx)
{
	__u64 record = 1;

	return bpf_perf_event_output(ctx, &values, 0, &record, 8); /* refused here: EINVAL */
}
