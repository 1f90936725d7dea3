// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct task_struct { int pid; char comm[16]; } __attribute__((preserve_access_index));
struct event { __s32 ret; __u32 pid; __s64 delta; char comm[16]; char name[8]; __s16 small; signed char tiny; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); __type(value, struct event); __uint(max_entries, 16); } starts SEC(".maps");
SEC("raw_tp/sys_enter")
int copy(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct event *e, *s;
	s = bpf_map_lookup_elem(&starts, &pid);
	if (!s) return 0;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) return 0;
	e->ret = -(int)pid;
	e->pid = pid;
	e->delta = -bpf_ktime_get_ns();
	__builtin_memcpy(e->comm, s->comm, sizeof(e->comm));
	__builtin_memcpy(e->name, s->name, sizeof(e->name));
	e->small = -5;
	e->tiny = -(int)pid;
	bpf_ringbuf_submit(e, 0);
	return 0;
}
SEC("tp_btf/sched_process_exit")
int untyped(unsigned long long *ctx)
{
	struct task_struct *t = (void *)ctx[0];
	struct { int ret; char comm[16]; } *e;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) return 0;
	e->ret = t->pid;
	__builtin_memcpy(e->comm, t->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	return 0;
}
char _license[] SEC("license") = "GPL";
