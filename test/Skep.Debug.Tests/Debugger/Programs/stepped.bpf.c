#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __attribute__((noinline)) int count(__u32 key)
{
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (!value)
		return 0;
	*value += 1;
	return 1;
}

SEC("xdp") int step(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > end)
		return XDP_ABORTED;
	if (!count(1))
		return XDP_ABORTED;
	ip->ttl--;
	return XDP_TX;
}
