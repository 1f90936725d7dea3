// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef __weak
#define __weak __attribute__((weak))
#endif

struct thing;

/* Functions that no kernel has: only the object's own BTF tells what they take. */
extern struct thing *bpf_skep_thing_new___new(int kind, __u64 flags, void *arg) __ksym __weak;
extern struct thing *bpf_skep_thing_new___old(int kind) __ksym __weak;
extern void bpf_skep_thing_drop(struct thing *thing) __ksym __weak;
extern int bpf_skep_now(void) __ksym __weak;

SEC("syscall")
int flavours(void *ctx)
{
	struct thing *thing;

	if (bpf_skep_thing_new___new)
		thing = bpf_skep_thing_new___new(1, 7, ctx);
	else
		thing = bpf_skep_thing_new___old(2);
	if (thing)
		bpf_skep_thing_drop(thing);
	return bpf_skep_now();
}

char _license[] SEC("license") = "GPL";
