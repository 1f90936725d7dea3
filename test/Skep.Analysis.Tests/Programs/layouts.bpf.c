// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records whose bytes differ from way to way: what explain says of each must hold for all of them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct timed {
	struct bpf_timer timer;
	__u64 fired;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

struct indexed {
	__u64 when;
	__u32 slots[8];
	__u32 one;
	__u32 never;
};

SEC("tracepoint/syscalls/sys_enter_openat")
int by_index(void *ctx)
{
	struct indexed event;
	__u32 k = bpf_get_prandom_u32() & 7;

	__builtin_memset(&event, 0, sizeof(event));
	event.when = bpf_ktime_get_ns();
	event.slots[k] = bpf_get_current_pid_tgid();
	event.one = 1;
	bpf_ringbuf_output(&ring, &event, sizeof(event), 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int two_sizes(void *ctx)
{
	char bytes[32] = {};
	__u32 size = bpf_get_prandom_u32() & 1 ? 4 : 16;

	bpf_probe_read_user(bytes + 8, size, (void *)0x1000);
	bpf_ringbuf_output(&ring, bytes, sizeof(bytes), 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int any_size(void *ctx)
{
	struct {
		__u32 pid;
		__u32 length;
		char text[56];
		__u64 end;
	} event = {};

	event.pid = bpf_get_current_pid_tgid() >> 32;
	event.length = bpf_probe_read_user_str(event.text, bpf_get_prandom_u32(), (void *)0x1000);
	event.end = bpf_ktime_get_ns();
	bpf_ringbuf_output(&ring, &event, sizeof(event), 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int bounded_size(void *ctx)
{
	char bytes[64] = {};
	__u32 size = bpf_get_prandom_u32();

	if (size > 20)
		size = 20;
	bpf_probe_read_user(bytes + 8, size, (void *)0x1000);
	bpf_ringbuf_output(&ring, bytes, sizeof(bytes), 0);
	return 0;
}

/* A read of some length into the frame leaves what lies behind the longest. */
SEC("tracepoint/syscalls/sys_enter_openat")
int beside(void *ctx)
{
	struct {
		__u64 when;
		char text[32];
		__u32 pid;
		__u32 cpu;
	} here = {}, *record;

	here.when = bpf_ktime_get_ns();
	here.pid = bpf_get_current_pid_tgid() >> 32;
	here.cpu = bpf_get_smp_processor_id();
	bpf_probe_read_user(here.text, bpf_get_prandom_u32() & 31, (void *)0x1000);
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 0;
	__builtin_memcpy(record, &here, sizeof(here));
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int sometimes(void *ctx)
{
	__u32 *event = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!event)
		return 0;
	event[0] = 1;
	if (bpf_get_prandom_u32() & 1)
		event[1] = bpf_get_smp_processor_id();
	*(__u64 *)(event + 2) = (bpf_ktime_get_ns() - 1000) / 1000;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int copied(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), copy = 0;

	bpf_probe_read_kernel(&copy, sizeof(copy), &id);
	bpf_ringbuf_output(&ring, &copy, sizeof(copy), 0);
	return 0;
}

static int fire(void *map, int *key, struct timed *value)
{
	value->fired++;
	return 0;
}

SEC("tc")
int later(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct timed *value = bpf_map_lookup_elem(&timers, &key);

	if (!value)
		return 0;
	bpf_timer_init(&value->timer, &timers, 1);
	bpf_timer_set_callback(&value->timer, fire);
	bpf_timer_start(&value->timer, 1000000, 0);
	return 0;
}

/* The code behind the first return leads back to the middle: a jump backwards, and no loop. */
SEC("tracepoint/syscalls/sys_enter_openat")
int __attribute__((naked)) backwards(void *ctx)
{
	asm volatile("call 5\n"
		     "if r0 == 0 goto 2f\n"
		     "1: r0 = 0\n"
		     "exit\n"
		     "2: call 7\n"
		     "goto 1b\n");
}

SEC("tracepoint/syscalls/sys_enter_openat")
int __attribute__((naked)) around(void *ctx)
{
	asm volatile("r6 = 3\n"
		     "1: call 5\n"
		     "r6 += -1\n"
		     "if r6 != 0 goto 1b\n"
		     "r0 = 0\n"
		     "exit\n");
}

/* The compiler takes the parameter that is not used out, and those behind it move up. */
static __attribute__((noinline)) __u64 sum(__u64 unused, __u64 first, __u64 second)
{
	return first * 3 + second + bpf_get_prandom_u32();
}

SEC("tc")
int moved_up(struct __sk_buff *skb)
{
	return sum(7, skb->len, skb->mark) & 1;
}

__u64 counted[3];

SEC("tc")
int counts(struct __sk_buff *skb)
{
	counted[1] += skb->len;
	return 0;
}

SEC("xdp")
int some_of_packet(struct xdp_md *ctx)
{
	__u64 length = ctx->data_end - ctx->data, meta = 1;

	if (length > 1000)
		length = 1000;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | length << 32, &meta, sizeof(meta));
	return XDP_PASS;
}

SEC("xdp")
int start_of_packet(struct xdp_md *ctx)
{
	__u64 meta = 1;

	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | 64ULL << 32, &meta, sizeof(meta));
	return XDP_PASS;
}

SEC("xdp")
int none_of_packet(struct xdp_md *ctx)
{
	__u64 meta = 1;

	bpf_perf_event_output(ctx, &events, ctx->rx_queue_index, &meta, sizeof(meta));
	return XDP_PASS;
}
