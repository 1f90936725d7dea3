// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "owned.h"

struct timed {
	__u64 runs;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

static int expired(void *map, __u32 *key, struct timed *value)
{
	value->runs += *key + 1;
	if (value->runs < 100)
		bpf_timer_start(&value->timer, 1000, 0);
	else
		value->runs += 1000 * -bpf_timer_cancel(&value->timer);
	return 0;
}

/* An hour: none runs out while a test runs. */
#define LATER (3600ULL * 1000 * 1000 * 1000)

SEC("tc")
int set_timers(struct __sk_buff *skb)
{
	const __u8 *bytes = steps(skb);
	struct timed *value, zero = {};
	int sum = 0, i;
	__u32 key;

	if (!bytes)
		return -2;
	key = bytes[0] & 3;
	if (bytes[1] == 0)
		return bpf_map_delete_elem(&timers, &key);
	value = bpf_map_lookup_elem(&timers, &key);
	if (!value || bytes[1] == 1) {
		bpf_map_update_elem(&timers, &key, &zero, 0);
		value = bpf_map_lookup_elem(&timers, &key);
		if (!value)
			return -3;
	}
	for (i = 0; i < 6; i++) {
		int result = 0;

		switch (bytes[2 + i] & 3) {
		case 0:
			result = bpf_timer_init(&value->timer, &timers, bytes[STEPS + i] & 15);
			break;
		case 1:
			result = bpf_timer_set_callback(&value->timer, expired);
			break;
		case 2:
			result = bpf_timer_start(&value->timer, LATER, bytes[STEPS + i] & 3 ? bytes[STEPS + i] & 2 : 4);
			break;
		case 3:
			result = bpf_timer_cancel(&value->timer);
			break;
		}
		if (result == NO_MEMORY)
			return NO_MEMORY;
		sum = sum * 31 - result;
	}
	return sum;
}

/* For a run step by step: a timer of 500 ns. */
SEC("tc")
int start_timer(struct __sk_buff *skb)
{
	struct timed *value, zero = {};
	__u32 key = 7;

	bpf_map_update_elem(&timers, &key, &zero, 0);
	value = bpf_map_lookup_elem(&timers, &key);
	if (!value || bpf_timer_init(&value->timer, &timers, 1) || bpf_timer_set_callback(&value->timer, expired))
		return -1;
	return bpf_timer_start(&value->timer, 500, 0) + 100 * bpf_timer_init(&value->timer, &timers, 1);
}

char _license[] SEC("license") = "GPL";
