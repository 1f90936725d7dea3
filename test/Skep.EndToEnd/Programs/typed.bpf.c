// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps of all the types that a value may have, for dumps. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum small { SMALL_A, SMALL_B = 7, SMALL_MINUS = -1 };
enum wide { WIDE_A = 0x100000000ULL, WIDE_B = 3 };
typedef unsigned char octet;
typedef struct { int x, y; } point;

struct bits {
	unsigned int low : 3;
	unsigned int mid : 13;
	int sign : 5;
	unsigned long long high : 40;
};

struct inner { char c; signed char s; octet o; _Bool yes; short h; };

struct everything {
	__u8 a; __s16 b; __u32 c; __s64 d; __u64 e;
	enum small f; enum small unknown; enum wide g;
	char text[16], full[4], odd[4];
	octet mac[6];
	struct bits bits;
	union { __u32 word; __u8 bytes[4]; } either;
	struct { int deep; struct inner in; };
	point points[2][2];
	void *pointer; void *none;
	const volatile int *const cv;
	__int128 huge;
	struct inner list[2];
	int empty[0];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct everything);
} many SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 3); __type(key, __u32); __type(value, point); } points SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4);
	__type(key, point);
	__type(value, struct inner);
} cpus SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 64); __type(key, __u64); __type(value, __u64); } lru SEC(".maps");
struct prefix { __u32 length; __u8 address[4]; };
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16);
	__type(key, struct prefix);
	__type(value, __u32);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} routes SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 4); } jumps SEC(".maps");
struct leaf { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } leaf SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct leaf);
} tree SEC(".maps") = { .values = { [1] = &leaf } };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __uint(key_size, 20); __uint(value_size, 40); } untyped SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 12); } untyped_short SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 20);
} untyped_cpus SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} perf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __uint(value_size, 8); } queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 20); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } devices SEC(".maps");

__u64 runs = 0;
char greeting[12] = "hello \\ \"x\"";
const volatile struct inner constants = { 'q', -3, 200, 1, -300 };
enum small state = SMALL_B;

static __always_inline void fill(struct everything *v, __u32 key)
{
	__builtin_memset(v, 0, sizeof(*v));
	v->a = 200 + key; v->b = -20000; v->c = 4000000000; v->d = -5000000000; v->e = ~0ULL - key;
	v->f = key ? SMALL_MINUS : SMALL_B; v->unknown = (enum small)99; v->g = WIDE_A;
	__builtin_memcpy(v->text, "plain text", 11);
	__builtin_memcpy(v->full, "full", 4);
	v->odd[0] = 'a'; v->odd[1] = 7; v->odd[2] = -2;
	v->mac[0] = 0x52; v->mac[5] = 0xff;
	v->bits.low = 5; v->bits.mid = 0x1abc; v->bits.sign = -3; v->bits.high = 0xabcdef0123ULL;
	v->either.word = 0x01020304;
	v->deep = -1; v->in.c = 'c'; v->in.s = -1; v->in.o = 9; v->in.yes = 1; v->in.h = -2;
	v->points[1][0].x = 3; v->points[1][1].y = -4;
	v->pointer = (void *)0xffff888012345678;
	v->huge = ((__int128)0x1234 << 64) | 0xabcd;
	v->list[1].c = '"';
}

SEC("xdp")
int populate(struct xdp_md *ctx)
{
	struct everything value;
	__u32 key, i;
	__u64 wide, eight;
	struct inner in = { 'x', -5, 250, 1, 1234 };
	struct prefix route = { 24, { 10, 1, 2, 0 } };
	char k[20] = "a key of 20 bytes..", v[40] = "a value that is rather longer";

	for (i = 0; i < 3; i++) {
		point p = { (int)i, -(int)i };

		key = i;
		fill(&value, key);
		bpf_map_update_elem(&many, &key, &value, 0);
		bpf_map_update_elem(&points, &key, &p, 0);
		bpf_map_update_elem(&cpus, &p, &in, 0);
		wide = 1ULL << (i * 20);
		bpf_map_update_elem(&lru, &wide, &wide, 0);
		route.length = 8 * (i + 1);
		bpf_map_update_elem(&routes, &route, &key, 0);
		bpf_map_update_elem(&untyped_short, &key, k, 0);
	}
	key = 1;
	eight = 77;
	bpf_map_update_elem(&counts, &key, &eight, 0);
	bpf_map_update_elem(&untyped_cpus, &key, k, 0);
	bpf_map_update_elem(&untyped, k, v, 0);
	bpf_map_push_elem(&queue, &eight, 0);
	eight = 78;
	bpf_map_push_elem(&queue, &eight, 0);
	runs++;
	return 0;
}

SEC("xdp")
int jump(struct xdp_md *ctx)
{
	__u32 key = 0;
	void *map = bpf_map_lookup_elem(&tree, &key);

	bpf_map_lookup_elem(&devices, &key);
	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &key, sizeof(key));
	bpf_ringbuf_output(&ring, &key, sizeof(key), 0);
	if (map)
		bpf_map_lookup_elem(map, &key);
	bpf_tail_call(ctx, &jumps, 1);
	state = constants.c;
	greeting[0]++;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
