#include "verify.h"

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct task_struct *bpf_task_from_pid(int pid) __ksym;
void bpf_task_release(struct task_struct *task) __ksym;

SEC("tc") int task_released_without_check(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_task_from_pid(1); /* from here */

	bpf_task_release(task); /* refused here: EACCES */
	return 0;
}

SEC("tc") int field_without_check(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_task_from_pid(1); /* from here */
	int pid = task->pid; /* refused here: EACCES */

	if (task)
		bpf_task_release(task);
	return pid;
}

struct bpf_iter_num {
	__u64 opaque;
} __attribute__((aligned(8)));

int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

SEC("tc") int next_without_check(struct __sk_buff *skb)
{
	struct bpf_iter_num numbers;
	int *number, value;

	bpf_iter_num_new(&numbers, 0, 4);
	number = bpf_iter_num_next(&numbers); /* from here */
	value = *number; /* refused here: EACCES */
	bpf_iter_num_destroy(&numbers);
	return value;
}
