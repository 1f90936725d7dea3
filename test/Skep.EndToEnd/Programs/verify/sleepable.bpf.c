#include "verify.h"

SEC("raw_tp/sys_enter") int copy_from_user(void *ctx)
{
	__u64 word;

	return bpf_copy_from_user(&word, sizeof(word), 0); /* refused here: EINVAL */
}

SEC("tracepoint/syscalls/sys_enter_execve") int copy_a_path(__u64 *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&array, &key);

	return value ? bpf_copy_from_user(value, 8, (void *)ctx[2]) : 0; /* refused here: EINVAL */
}

static __noinline long copy(__u32 index);

SEC("kprobe/do_nanosleep") int copy_by_a_function(void *ctx)
{
	return copy(7);
}

static __noinline long copy(__u32 index)
{
	__u64 word = index;

	return bpf_copy_from_user(&word, sizeof(word), 0) + word; /* refused here: EINVAL */
}

__noinline long global_copy(__u32 index)
{
	__u64 word = index;

	return bpf_copy_from_user(&word, sizeof(word), 0) + word;
}

SEC("kprobe/do_nanosleep") /* refused: EINVAL */ int copy_by_a_global_function(void *ctx)
{
	return global_copy(7);
}
