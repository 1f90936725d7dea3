// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

struct bpf_wq {
	__u64 opaque[2];
} __attribute__((aligned(8)));

extern int bpf_wq_init(struct bpf_wq *work, void *map, unsigned int flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *work, int (callback)(void *map, int *key, void *value), unsigned int flags,
				    void *aux) __ksym;
extern int bpf_wq_start(struct bpf_wq *work, unsigned int flags) __ksym;

struct job {
	__u64 runs;
	struct bpf_wq work;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct job);
} jobs SEC(".maps");

/* In the kernel it runs when it likes: it changes nothing. */
static int done(void *map, int *key, void *value)
{
	return 0;
}

static int counted(void *map, int *key, void *value)
{
	struct job *job = value;

	job->runs += *key + 1;
	return 0;
}

SEC("tc")
int set_works(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct job *job, zero = {};
	int sum = 0, i, key;

	if (!bytes)
		return -2;
	key = bytes[0] & 3;
	if (bytes[1] == 0)
		return bpf_map_delete_elem(&jobs, &key);
	job = bpf_map_lookup_elem(&jobs, &key);
	if (!job || bytes[1] == 1) {
		bpf_map_update_elem(&jobs, &key, &zero, 0);
		job = bpf_map_lookup_elem(&jobs, &key);
		if (!job)
			return -3;
	}
	for (i = 0; i < 6; i++) {
		__u32 flags = bytes[STEPS + i] == 1;
		int result = 0;

		switch (bytes[2 + i] & 3) {
		case 0:
			result = bpf_wq_init(&job->work, &jobs, flags);
			break;
		case 1:
			result = bpf_wq_set_callback_impl(&job->work, done, flags, 0);
			break;
		case 2:
		case 3:
			result = bpf_wq_start(&job->work, flags);
			break;
		}
		if (result == NO_MEMORY)
			return NO_MEMORY;
		sum = sum * 31 - result;
	}
	return sum;
}

/* For a run step by step. */
SEC("tc")
int start_work(struct __sk_buff *skb)
{
	struct job *job, zero = {};
	int key = 7;

	bpf_map_update_elem(&jobs, &key, &zero, 0);
	job = bpf_map_lookup_elem(&jobs, &key);
	if (!job || bpf_wq_init(&job->work, &jobs, 0) || bpf_wq_set_callback_impl(&job->work, counted, 0, 0))
		return -1;
	return bpf_wq_start(&job->work, 0);
}

char _license[] SEC("license") = "GPL";
