#include "verify.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_WRONLY_PROG);
	__type(key, __u32);
	__type(value, struct value);
} results SEC(".maps");

struct locked {
	struct bpf_spin_lock lock;
	__u32 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} locks SEC(".maps");

SEC("socket") int lookup_in_programs(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&programs, &key) ? 1 : 0; /* refused here: EINVAL */
}

SEC("socket") int update_of_a_perf_array(void *ctx)
{
	__u32 key = 0;

	return bpf_map_update_elem(&records, &key, &key, 0); /* refused here: EINVAL */
}

SEC("tc") int tail_call_into_an_array(void *ctx)
{
	bpf_tail_call(ctx, &array, 0); /* refused here: EINVAL */
	return 0;
}

SEC("raw_tp/sys_enter") int record_into_a_ring(void *ctx)
{
	__u64 record = 1;

	return bpf_perf_event_output(ctx, &events, 0, &record, 8); /* refused here: EINVAL */
}

SEC("tc") int ring_is_a_perf_array(void *ctx)
{
	return bpf_ringbuf_query(&records, 0); /* refused here: EINVAL */
}

SEC("tracepoint/syscalls/sys_enter_execve") /* refused: EINVAL */ int lock_of_tracing(void *ctx)
{
	__u32 key = 0;
	struct locked *locked = bpf_map_lookup_elem(&locks, &key);

	return locked ? locked->count : 0;
}

SEC("tc") int lock_is_read(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct locked *locked = bpf_map_lookup_elem(&locks, &key);

	return locked ? *(volatile __u32 *)&locked->lock : 0; /* refused here: EACCES */
}

SEC("tc") int result_is_read(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&results, &key);

	return value ? value->count : 0; /* refused here: EACCES */
}
