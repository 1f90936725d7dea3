#include "verify.h"

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct task_struct *bpf_task_from_pid(int pid) __ksym;
void bpf_task_release(struct task_struct *task) __ksym;

SEC("tc") int task_after_release(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_task_from_pid(1); /* from here */

	if (!task)
		return 0;
	bpf_task_release(task);
	return task->pid; /* refused here: EACCES */
}

SEC("tc") int one_of_two_tasks(struct __sk_buff *skb)
{
	struct task_struct *first = bpf_task_from_pid(1), *second, *used;

	if (!first)
		return 0;
	second = bpf_task_from_pid(2); /* from here */
	if (!second) {
		bpf_task_release(first);
		return 0;
	}
	bpf_task_release(second);
	used = second;
	bpf_task_release(first);
	return used->pid; /* refused here: EACCES */
}

SEC("tc") int slice_after_submit(struct __sk_buff *skb)
{
	struct bpf_dynptr record;
	__u64 *event;

	bpf_ringbuf_reserve_dynptr(&events, 8, 0, &record);
	event = bpf_dynptr_data(&record, 0, 8); /* from here */
	if (!event) {
		bpf_ringbuf_discard_dynptr(&record, 0);
		return 0;
	}
	bpf_ringbuf_submit_dynptr(&record, 0);
	*event = 1; /* refused here: EACCES */
	return 0;
}
