#include "verify.h"

struct task_struct {
	int pid;
	struct task_struct *parent;
} __attribute__((preserve_access_index));

struct cgroup {
	int level;
} __attribute__((preserve_access_index));

struct task_struct *bpf_task_from_pid(int pid) __ksym;
struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
void bpf_task_release(struct task_struct *task) __ksym;
void bpf_cgroup_release(struct cgroup *cgroup) __ksym;

SEC("tc") int task_as_cgroup(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_task_from_pid(1); /* from here */

	if (task)
		bpf_cgroup_release((void *)task); /* refused here: EINVAL */
	return 0;
}

SEC("tc") int stack_as_task(struct __sk_buff *skb)
{
	struct task_struct task = {};

	return bpf_task_acquire(&task) ? 1 : 0; /* refused here: EINVAL */
}

SEC("tc") int number_as_task(struct __sk_buff *skb)
{
	return bpf_task_acquire((void *)(long)skb->hash) ? 1 : 0; /* refused here: EINVAL */
}
