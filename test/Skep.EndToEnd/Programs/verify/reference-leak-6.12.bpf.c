#include "verify.h"

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct cgroup {
	int level;
} __attribute__((preserve_access_index));

struct task_struct *bpf_task_from_pid(int pid) __ksym;
struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
void bpf_task_release(struct task_struct *task) __ksym;
struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym;
void bpf_cgroup_release(struct cgroup *cgroup) __ksym;

SEC("tc") int task_not_released(struct __sk_buff *skb)
{
	return bpf_task_from_pid(1) ? 1 : 0; /* refused here: EINVAL */
}

SEC("tc") int one_of_two_released(struct __sk_buff *skb)
{
	struct task_struct *first = bpf_task_from_pid(1), *second = bpf_task_from_pid(2);

	if (first)
		bpf_task_release(first);
	return second ? 1 : 0; /* refused here: EINVAL */
}

SEC("tc") int cgroup_not_released(struct __sk_buff *skb)
{
	struct cgroup *cgroup = bpf_cgroup_from_id(1);

	if (!cgroup)
		return 0;
	if (skb->len < 60)
		bpf_cgroup_release(cgroup);
	return 0;
} /* refused here: EINVAL */

SEC("tc") int iterator_left_open(struct __sk_buff *skb)
{
	struct bpf_iter_num { __u64 opaque; } iterator;
	extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;

	bpf_iter_num_new(&iterator, 0, 4);
	return 0; /* refused here: EINVAL */
}
