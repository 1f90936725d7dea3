#include "verify.h"

struct locked {
	struct bpf_spin_lock lock;
	__u32 count;
	struct value value;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct locked);
} counters SEC(".maps");

SEC("tc") int not_unlocked(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct locked *counter = bpf_map_lookup_elem(&counters, &key);

	if (!counter)
		return 0;
	bpf_spin_lock(&counter->lock);
	counter->count++;
	return 0;
} /* refused here: EINVAL */

SEC("tc") int unlocked_only(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct locked *counter = bpf_map_lookup_elem(&counters, &key);

	if (!counter)
		return 0;
	counter->count++;
	bpf_spin_unlock(&counter->lock); /* refused here: EINVAL or EACCES */
	return 0;
}

SEC("tc") int two_locks(struct __sk_buff *skb)
{
	__u32 one = 1, two = 2;
	struct locked *first = bpf_map_lookup_elem(&counters, &one), *second = bpf_map_lookup_elem(&counters, &two);

	if (!first || !second)
		return 0;
	bpf_spin_lock(&first->lock);
	bpf_spin_lock(&second->lock); /* refused here: EINVAL */
	bpf_spin_unlock(&second->lock);
	bpf_spin_unlock(&first->lock);
	return 0;
}

SEC("tc") int unlock_of_another(struct __sk_buff *skb)
{
	__u32 one = 1, two = 2;
	struct locked *first = bpf_map_lookup_elem(&counters, &one), *second = bpf_map_lookup_elem(&counters, &two);

	if (!first || !second)
		return 0;
	bpf_spin_lock(&first->lock);
	first->count++;
	bpf_spin_unlock(&second->lock); /* refused here: EINVAL or EACCES */
	return 0;
}

SEC("tc") int helper_under_lock(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct locked *counter = bpf_map_lookup_elem(&counters, &key);

	if (!counter)
		return 0;
	bpf_spin_lock(&counter->lock);
	counter->value.count = bpf_ktime_get_ns(); /* refused here: EINVAL */
	bpf_spin_unlock(&counter->lock);
	return 0;
}
