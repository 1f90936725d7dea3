// SPDX-License-Identifier: Apache-2.0
/* Programs whose code depends on the kernel. */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

extern const int bpf_prog_active __ksym;
extern void bpf_rcu_read_lock(void) __ksym;

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

SEC("raw_tp/sys_enter")
int core(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, pid);
}

SEC("raw_tp/sys_enter")
int variable(void *context)
{
	return *(int *)bpf_this_cpu_ptr(&bpf_prog_active);
}

SEC("raw_tp/sys_enter")
int function(void *context)
{
	bpf_rcu_read_lock();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
