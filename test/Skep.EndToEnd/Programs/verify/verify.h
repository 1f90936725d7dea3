/*
 * What the programs of this directory need. Each is refused; comments describe its refusal: "refused here: ERROR" on the line that the
 * kernel refuses, "refused: ERROR" on that of SEC() where there is no such line, and "from here" on the line where the value comes from
 * that is refused. "or" stands between errors of different kernels.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#ifdef PROPRIETARY
char LICENSE[] SEC("license") = "Proprietary";
#else
char LICENSE[] SEC("license") = "GPL";
#endif

struct value {
	__u64 count;
	__u64 slots[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct value);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

#define __naked __attribute__((naked))
