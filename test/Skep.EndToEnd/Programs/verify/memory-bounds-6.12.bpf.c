#include "verify.h"

SEC("tc") int past_the_slice(struct __sk_buff *skb)
{
	struct bpf_dynptr record;
	__u64 *event;

	bpf_ringbuf_reserve_dynptr(&events, 8, 0, &record);
	event = bpf_dynptr_data(&record, 0, 8); /* from here */
	if (event)
		*(volatile __u64 *)(event + 1) = 1; /* refused here: EACCES */
	bpf_ringbuf_submit_dynptr(&record, 0);
	return 0;
}

struct bpf_iter_num {
	__u64 opaque;
} __attribute__((aligned(8)));

int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

SEC("tc") int past_the_number(struct __sk_buff *skb)
{
	struct bpf_iter_num numbers;
	int *number, value = 0;

	bpf_iter_num_new(&numbers, 0, 4);
	number = bpf_iter_num_next(&numbers); /* from here */
	if (number)
		value = *(volatile int *)(number + 1); /* refused here: EACCES */
	bpf_iter_num_destroy(&numbers);
	return value;
}
