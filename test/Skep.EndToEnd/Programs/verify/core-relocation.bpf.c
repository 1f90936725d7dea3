#include "verify.h"
#include <bpf/bpf_core_read.h>

struct task_struct {
	int no_such_field;
	int pid;
} __attribute__((preserve_access_index));

struct no_such_struct {
	int field;
} __attribute__((preserve_access_index));

enum no_such_enum { NO_SUCH_VALUE = 1 };

SEC("raw_tp/sys_enter") /* refused: EINVAL */ int field(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, no_such_field);
}

SEC("raw_tp/sys_enter") /* refused: EINVAL */ int structure(struct no_such_struct **ctx)
{
	struct no_such_struct *argument = *ctx;

	return BPF_CORE_READ(argument, field);
}

SEC("raw_tp/sys_enter") int value_of_an_enumeration(void *ctx)
{
	return bpf_core_enum_value(enum no_such_enum, NO_SUCH_VALUE); /* refused here: EINVAL */
}
