#include "verify.h"
#include <linux/if_ether.h>
#include <linux/ip.h>

SEC("tracepoint/syscalls/sys_enter_execve") int count(void *ctx)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&values, &key);

	if (value)
		__sync_fetch_and_add(&value->count, 1);
	return 0;
}

SEC("raw_tp/sys_enter") int record(void *ctx)
{
	__u64 *event = bpf_ringbuf_reserve(&events, 8, 0);

	if (!event)
		return 0;
	*event = bpf_get_current_pid_tgid();
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("xdp") int headers(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	return ip->protocol == 17 ? XDP_DROP : XDP_PASS;
}

SEC("tc") int sum(struct __sk_buff *skb)
{
	__u32 total = 0;

	for (__u32 i = 0; i < 100; i++) {
		__u32 key = i & 3;
		struct value *value = bpf_map_lookup_elem(&array, &key);

		total += value ? value->slots[i & 3] : 0;
	}
	return total & 1;
}

static __noinline __u32 hash(struct __sk_buff *skb, __u32 seed)
{
	volatile __u8 bytes[32];

	if (bpf_skb_load_bytes(skb, 0, (void *)bytes, sizeof(bytes)))
		return seed;
	for (int i = 0; i < 32; i++)
		seed = seed * 31 + bytes[i];
	return seed;
}

SEC("tc") int functions(struct __sk_buff *skb)
{
	return (hash(skb, 1) ^ hash(skb, 2)) & 1;
}

SEC("cgroup/connect4") int permit(void *ctx)
{
	return 1;
}
