#include "verify.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 1);
		__type(key, __u32);
		__type(value, __u32);
	});
} outer SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_execve") int count_without_check(void *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&values, &key); /* from here */

	__sync_fetch_and_add(&value->count, 1); /* refused here: EACCES */
	return 0;
}

SEC("raw_tp/sys_enter") int check_of_the_other(void *ctx)
{
	__u32 one = 1, two = 2;
	struct value *first = bpf_map_lookup_elem(&values, &one);
	struct value *second = bpf_map_lookup_elem(&values, &two); /* from here */

	if (!first)
		return 0;
	first->count++;
	second->count = 7; /* refused here: EACCES */
	return 0;
}

SEC("raw_tp/sys_enter") int reserved_without_check(void *ctx)
{
	__u64 *event = bpf_ringbuf_reserve(&events, 8, 0); /* from here */

	*event = bpf_get_current_pid_tgid(); /* refused here: EACCES */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp/sys_enter") int submit_without_check(void *ctx)
{
	__u64 *event = bpf_ringbuf_reserve(&events, 8, 0); /* from here */

	bpf_ringbuf_submit(event, 0); /* refused here: EACCES */
	return 0;
}

SEC("socket") int arithmetic_before_check(void *ctx)
{
	__u32 key = 0;
	void *value = bpf_map_lookup_elem(&values, &key); /* from here */

	asm volatile("%0 += 8" : "+r"(value)); /* refused here: EACCES */
	return value ? 1 : 0;
}

SEC("socket") int inner_map_without_check(void *ctx)
{
	__u32 key = 0;
	void *inner = bpf_map_lookup_elem(&outer, &key); /* from here */
	__u32 *value = bpf_map_lookup_elem(inner, &key); /* refused here: EACCES */

	return value ? *value : 0;
}

SEC("socket") int wrong_way_round(void *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&values, &key);

	if (value)
		return 0;
	return *(volatile __u64 *)&value->slots[2]; /* refused here: EACCES */
}

SEC("tc") int socket_without_check(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk; /* from here */

	return sk->mark; /* refused here: EACCES */
}
