// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Calls of one function: of a program, of one of its subprograms, or of a helper that a program calls. C# names the function before the
 * load. Arguments are numbers here: of other types than the context the verifier would let none be read.
 */
#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_trace.h"
#include "trace/packet.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define MAX_CALLS 16384
#define RING_BYTES (8 << 20)
#define FRAME_BYTES (SKEP_MOST_FRAMES * sizeof(__u64))
/* From a helper to the program that calls it: the handler and the trampoline lie between. */
#define CALLER_FRAMES 12
/* The trampoline is called by one of the first instructions of a function. */
#define ENTRY_BYTES 32
/* Of arguments, for the verifier: a mask. */
#define MOST_REGISTERS 15
/* How long a context is is not known: less is read where the memory ends behind it. */
#define LEAST_CONTEXT 48

const volatile struct skep_trace_settings settings = {};
const volatile struct skep_trace_range ranges[SKEP_MOST_RANGES] = {};
/* Bytes of packet or context that a record has room for, and of stack: what a record takes must be known to the verifier. */
const volatile __u32 room = 256;
const volatile __u32 stack_room = 0;

struct begun {
	__u64 time;
	__u64 call;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} events SEC(".maps");

/* By the address of the arguments on the stack, which calls that go on at the same time cannot share. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CALLS);
	__type(key, __u64);
	__type(value, struct begun);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Durations by their highest bit. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SKEP_HISTOGRAM_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} histogram SEC(".maps");

/* By task: how often it is inside the program whose helper is traced. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CALLS);
	__type(key, __u64);
	__type(value, __u64);
} inside SEC(".maps");

__u64 last_call;

static __always_inline void count(void *map, __u32 slot)
{
	__u64 *value = bpf_map_lookup_elem(map, &slot);

	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline __u32 slot_of(__u64 n)
{
	__u32 slot = 0;

	for (int bits = 32; bits > 0; bits >>= 1)
		if (n >> bits) {
			n >>= bits;
			slot += bits;
		}
	return slot & (SKEP_HISTOGRAM_SLOTS - 1);
}

static __always_inline void copy_context(struct skep_traced *record, void *to, __u64 context, bool at_exit)
{
	__u32 bytes = room;
	void *from = (void *)context;

	if (settings.context == SKEP_CONTEXT_XDP)
		from = describe_xdp(&record->packet, from, &bytes);
	else if (settings.context == SKEP_CONTEXT_SKB)
		from = describe_skb(&record->packet, from, &bytes);
	else if (at_exit || settings.context == SKEP_CONTEXT_NONE)
		return;
	if (bytes > room)
		bytes = room;
	if (!bpf_probe_read_kernel(to, bytes, from))
		record->data_bytes = bytes;
	else if (settings.context == SKEP_CONTEXT_BYTES && room >= LEAST_CONTEXT && !bpf_probe_read_kernel(to, LEAST_CONTEXT, from))
		record->data_bytes = LEAST_CONTEXT;
}

static __always_inline struct skep_traced *begin_record(__u32 bytes)
{
	struct skep_traced *record = bpf_ringbuf_reserve(&events, bytes, 0);
	__u64 id;

	if (!record) {
		count(&counters, SKEP_TRACED_LOST);
		return 0;
	}
	__builtin_memset(record, 0, sizeof(*record));
	id = bpf_get_current_pid_tgid();
	record->pid = id >> 32;
	record->tid = (__u32)id;
	record->function = settings.function;
	record->cpu = bpf_get_smp_processor_id();
	bpf_get_current_comm(record->comm, sizeof(record->comm));
	return record;
}

static __always_inline bool is_of_program(__u64 address)
{
	for (__u32 i = 0; i < SKEP_MOST_RANGES; i++) {
		if (i >= settings.range_count)
			break;
		if (address >= ranges[i].start && address < ranges[i].end)
			return true;
	}
	return false;
}

/* Where the trampoline returns to, and what lies behind that on the stack: they follow the arguments, the result and its frame pointer. */
static __always_inline bool read_returns(void *ctx, __u64 *words)
{
	return !bpf_probe_read_kernel(words, 2 * sizeof(*words), (__u64 *)ctx + (bpf_get_func_arg_cnt(ctx) & MOST_REGISTERS) + 2);
}

/* A function that calls the trampoline is returned to. Since Linux 6.19 it jumps there, where nothing forbids, and its caller is. */
static __always_inline bool is_called(void *ctx, __u64 *words)
{
	return words[0] - bpf_get_func_ip(ctx) < ENTRY_BYTES;
}

/*
 * One further away may be the program without being the caller: handlers of this trace, and of others, run on top of it and call helpers
 * themselves.
 */
static __always_inline bool is_called_by_program(void *ctx)
{
	__u64 words[2] = {};

	return read_returns(ctx, words) && is_of_program(is_called(ctx, words) ? words[1] : words[0]);
}

/* Between the handler, which is not of the kernel's own code, and the program that prints all frames are. */
static __always_inline bool is_printed_by_program(void *ctx)
{
	__u64 frames[CALLER_FRAMES] = {};
	long size = bpf_get_stack(ctx, frames, sizeof(frames), 0);

	for (__u32 i = 1; i < CALLER_FRAMES; i++) {
		if ((long)((i + 1) * sizeof(__u64)) > size)
			return false;
		if (frames[i] < settings.text_start || frames[i] >= settings.text_end)
			return is_of_program(frames[i]);
	}
	return false;
}

/*
 * Others call the helper as well: another thread while the program is preempted, an interrupt on top of it. That the thread is inside the
 * program saves the look at the stack, which alone says who calls.
 */
static __always_inline bool is_wanted(void *ctx)
{
	__u64 task = bpf_get_current_task();

	return !settings.is_helper || (bpf_map_lookup_elem(&inside, &task) && is_called_by_program(ctx));
}

static __always_inline void keep_begin(void *ctx, struct begun *begun)
{
	__u64 key = (__u64)ctx;

	begun->time = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&calls, &key, begun, BPF_ANY))
		count(&counters, SKEP_TRACED_UNKEPT);
}

SEC("fentry")
int skep_enter(void *ctx)
{
	struct begun begun = {};
	struct skep_traced *record;
	__u64 context = 0;

	if (!is_wanted(ctx))
		return 0;
	begun.call = __sync_fetch_and_add(&last_call, 1);
	if (settings.at_entry) {
		record = begin_record(sizeof(*record) + room);
		if (record) {
			record->kind = SKEP_TRACE_ENTRY;
			record->call = begun.call;
			bpf_get_func_arg(ctx, settings.context_arg, &context);
			copy_context(record, record + 1, context, false);
			/* What comes before is not of the call's time. Linux 6.1 cannot tell that a record that was found still is one. */
			keep_begin(ctx, &begun);
			record->time = begun.time;
			bpf_ringbuf_submit(record, 0);
			return 0;
		}
	}
	keep_begin(ctx, &begun);
	return 0;
}

/*
 * A program that is left for the trampoline at its first instruction has no frame yet: where it calls, kernels that unwind by tables find
 * nothing behind it; where it jumps, nothing returns to it, and it takes the place of the trampoline, which returns to its caller.
 */
static __always_inline __u32 read_stack(void *ctx, __u64 *frames)
{
	long size = bpf_get_stack(ctx, frames, FRAME_BYTES, 0);
	__u64 words[2] = {};
	__u32 last;

	if (size <= 0)
		return 0;
	last = size / sizeof(__u64) - 1;
	if (!read_returns(ctx, words))
		return size;
	if (!is_called(ctx, words)) {
		for (__u32 i = 1; i < SKEP_MOST_FRAMES && i <= last; i++)
			if (frames[i] == words[0]) {
				frames[i - 1] = bpf_get_func_ip(ctx);
				break;
			}
	} else if (last < SKEP_MOST_FRAMES - 1 && words[0] == frames[last]) {
		frames[last + 1] = words[1];
		size += sizeof(__u64);
	}
	return size;
}

static __always_inline void leave(void *ctx, __u64 time, struct begun *begun)
{
	struct skep_traced *record;
	__u64 value = 0;

	count(&counters, SKEP_TRACED_CALLS);
	count(&histogram, slot_of(time - begun->time));
	record = begin_record(sizeof(*record) + stack_room + room);
	if (!record)
		return;
	record->kind = SKEP_TRACE_EXIT;
	record->call = begun->call;
	record->time = time;
	record->duration = time - begun->time;
	bpf_get_func_ret(ctx, &value);
	record->result = value;
	record->arg_count = bpf_get_func_arg_cnt(ctx);
	for (int i = 0; i < SKEP_MOST_ARGS; i++) {
		value = 0;
		bpf_get_func_arg(ctx, i, &value);
		record->args[i] = value;
	}
	if (stack_room)
		record->stack_bytes = read_stack(ctx, (void *)(record + 1));
	if (settings.context == SKEP_CONTEXT_XDP || settings.context == SKEP_CONTEXT_SKB) {
		value = 0;
		bpf_get_func_arg(ctx, settings.context_arg, &value);
		copy_context(record, (void *)(record + 1) + stack_room, value, true);
	}
	bpf_ringbuf_submit(record, 0);
}

SEC("fexit")
int skep_leave(void *ctx)
{
	__u64 time = bpf_ktime_get_ns(), key = (__u64)ctx;
	struct begun *found = bpf_map_lookup_elem(&calls, &key), begun;

	/* It began before this was attached. */
	if (!found)
		return 0;
	begun = *found;
	bpf_map_delete_elem(&calls, &key);
	leave(ctx, time, &begun);
	return 0;
}

/* On the program, where a helper is traced. */
SEC("fentry")
int skep_inside(void)
{
	__u64 task = bpf_get_current_task(), one = 1, *depth = bpf_map_lookup_elem(&inside, &task);

	if (depth)
		*depth += 1;
	else if (bpf_map_update_elem(&inside, &task, &one, BPF_ANY))
		count(&counters, SKEP_TRACED_UNKEPT);
	return 0;
}

SEC("fexit")
int skep_outside(void)
{
	__u64 task = bpf_get_current_task(), *depth = bpf_map_lookup_elem(&inside, &task);

	if (depth && *depth > 1)
		*depth -= 1;
	else if (depth)
		bpf_map_delete_elem(&inside, &task);
	return 0;
}

SEC("raw_tp/bpf_trace_printk")
int skep_print(struct bpf_raw_tracepoint_args *ctx)
{
	struct skep_traced *record;
	long size;

	if (!is_printed_by_program(ctx))
		return 0;
	record = begin_record(sizeof(*record) + SKEP_TEXT_BYTES);
	if (!record)
		return 0;
	record->kind = SKEP_TRACE_PRINT;
	record->time = bpf_ktime_get_ns();
	size = bpf_probe_read_kernel_str(record + 1, SKEP_TEXT_BYTES, (void *)ctx->args[0]);
	if (size > 0)
		record->data_bytes = size - 1;
	bpf_ringbuf_submit(record, 0);
	return 0;
}
