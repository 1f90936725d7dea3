#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("socket") int count(struct __sk_buff *skb)
{
	__u32 key = 1;
	__u64 *value;

	value = bpf_map_lookup_elem(&counts, &key);
	*value += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
