#include "verify.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} counts SEC(".maps");

SEC("fentry/do_nanosleep") int copy_from_user(void *ctx)
{
	__u64 word;

	return bpf_copy_from_user(&word, sizeof(word), 0); /* refused here: EINVAL */
}

SEC("fentry.s/do_nanosleep") /* refused: EINVAL */ int function_that_is_not_sleepable(void *ctx)
{
	return 0;
}

SEC("lsm.s/task_free") /* refused: EINVAL */ int hook_that_is_not_sleepable(void *ctx)
{
	return 0;
}
