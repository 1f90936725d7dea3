// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads the counts of element operations for the watcher, by an iterator over their map: an operation on its elements could have the kernel
 * skip runs of the watch's programs (see the counters in watch/maps.h).
 */
#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_event.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
} __attribute__((preserve_access_index));

struct element {
	struct skep_element_key key;
	struct skep_element_count count;
};

SEC("iter/bpf_map_elem")
int skep_elements(struct bpf_iter__bpf_map_elem *ctx)
{
	struct skep_element_key *key = ctx->key;
	struct skep_element_count *count = ctx->value;
	struct element out;

	if (!key || !count)
		return 0;
	out.key = *key;
	out.count = *count;
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}
