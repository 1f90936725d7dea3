#include "verify.h"

struct bpf_iter_num {
	__u64 opaque;
} __attribute__((aligned(8)));

int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

SEC("tc") int next_of_no_iterator(struct __sk_buff *skb)
{
	struct bpf_iter_num numbers;

	return bpf_iter_num_next(&numbers) ? 1 : 0; /* refused here: EINVAL */
}

SEC("tc") int end_of_no_iterator(struct __sk_buff *skb)
{
	struct bpf_iter_num numbers;

	bpf_iter_num_destroy(&numbers); /* refused here: EINVAL */
	return 0;
}

SEC("tc") int no_dynamic_pointer(struct __sk_buff *skb)
{
	struct bpf_dynptr record;
	__u64 word;

	return bpf_dynptr_read(&word, sizeof(word), &record, 0, 0); /* refused here: EINVAL */
}
