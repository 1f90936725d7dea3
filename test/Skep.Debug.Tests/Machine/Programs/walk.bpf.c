// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

struct cpumask {
	int bits;
};

struct bpf_cpumask {
	int cpumask;
};

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *mask) __ksym;
extern __u32 bpf_cpumask_first(const struct cpumask *mask) __ksym;
extern void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_clear_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_setall(struct bpf_cpumask *mask) __ksym;
extern bool bpf_cpumask_full(const struct cpumask *mask) __ksym;
extern bool bpf_cpumask_empty(const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_weight(const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_any_distribute(const struct cpumask *mask) __ksym;

/* For machines of any number of CPUs: these run in no kernel. */

SEC("syscall")
int walk(void *context)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();
	const struct cpumask *cpus = (const struct cpumask *)mask;
	__u32 count = 0, weight, cpu;

	if (!mask)
		return -1;
	bpf_cpumask_setall(mask);
	weight = bpf_cpumask_weight(cpus);
	if (!bpf_cpumask_full(cpus))
		weight = 0;
	for (cpu = 0; cpu < 300 && !bpf_cpumask_empty(cpus); cpu++) {
		if (bpf_cpumask_first(cpus) != cpu)
			break;
		bpf_cpumask_clear_cpu(cpu, mask);
		count++;
	}
	if (bpf_cpumask_first(cpus) != weight)
		count = 1000;
	bpf_cpumask_release(mask);
	return count == weight ? count : -2;
}

SEC("syscall")
int choose(void *context)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();
	__u32 chosen;

	if (!mask)
		return -1;
	bpf_cpumask_set_cpu(3, mask);
	bpf_cpumask_set_cpu(64, mask);
	bpf_cpumask_set_cpu(99, mask);
	bpf_cpumask_set_cpu(100, mask);
	chosen = bpf_cpumask_any_distribute((const struct cpumask *)mask);
	bpf_cpumask_release(mask);
	return chosen;
}

SEC("syscall")
int leak(void *context)
{
	return bpf_cpumask_create() ? 0 : 1;
}

SEC("syscall")
int stale(void *context)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();

	bpf_cpumask_release(mask);
	bpf_cpumask_set_cpu(1, mask);
	return 0;
}

char _license[] SEC("license") = "GPL";
