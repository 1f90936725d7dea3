#include "verify.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct value);
} settings SEC(".maps");

const volatile __u64 constants[2] = { 1, 2 };

SEC("tc") int constant(struct __sk_buff *skb)
{
	((volatile __u64 *)constants)[skb->len & 1] = 3; /* refused here: EACCES */
	return 0;
}

SEC("tc") int setting(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&settings, &key);

	if (value)
		value->count = skb->len; /* refused here: EACCES */
	return 0;
}

SEC("tc") int helper_writes_a_setting(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&settings, &key);

	return value ? bpf_skb_load_bytes(skb, 0, value, 8) : 0; /* refused here: EACCES */
}

SEC("lwt_in") int packet_of_a_tunnel(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 1 > end)
		return 0;
	*data = 1; /* refused here: EACCES */
	return 0;
}

SEC("socket") __naked int frame_pointer(void)
{
	asm volatile("r10 = 4"); /* refused here: EACCES */
	asm volatile("r0 = 0");
	asm volatile("exit");
}

SEC("tc") int map_itself(struct __sk_buff *skb)
{
	*(volatile __u32 *)((char *)&values + 16) = 1; /* refused here: EACCES */
	return 0;
}

SEC("tc") int full_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		*(volatile __u32 *)&sk->mark = 1; /* refused here: EACCES */
	return 0;
}
