// A program with what a dump must show: functions, a callback, a loop, maps, global variables, a kernel function.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct pair {
	int a;
	const char *volatile b;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static volatile const char text[] = "a \"quoted\" \\ line";
__u64 total;

void bpf_rcu_read_lock(void) __attribute__((section(".ksyms"))) __attribute__((weak));
void bpf_rcu_read_unlock(void) __attribute__((section(".ksyms"))) __attribute__((weak));

__attribute__((noinline)) static __u64 add(__u64 n, const struct pair *p)
{
	return n * 3 + (p ? p->a : 1);
}

__attribute__((noinline)) int checked(int number)
{
	if (number < 10)
		return number + 1;
	for (int i = 0; i < 8; i++)
		if (number == i * i)
			return text[i & 7]; /* "a < b" & c|d {e} */
	return 0;
}

static int each(__u32 index, void *context)
{
	__u64 *sum = context;

	if (index == 7)
		return 1;
	*sum += index;
	return 0;
}

SEC("tc") int dumped_program_with_a_long_name(struct __sk_buff *skb)
{
	struct pair pair = { .a = skb->len };
	__u32 key = skb->mark;
	__u64 sum = 0, *known = bpf_map_lookup_elem(&counts, &key);

	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_loop(10, each, &sum, 0);
	total += add(sum, &pair);
	if (!known)
		return checked(key);
	__sync_fetch_and_add(known, 1);
	return 0x1234567890abcdefull == sum ? 1 : 2;
}

SEC("xdp") int dumped_xdp(struct xdp_md *xdp)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
