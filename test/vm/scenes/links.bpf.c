// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program for each kind of link that a kernel without network devices can make. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PROGRAM(section, name, result) \
	SEC(section) int name(void *ctx) { (void)ctx; return result; }

PROGRAM("tracepoint/sched/sched_process_exec", on_tracepoint, 0)
PROGRAM("raw_tracepoint/sched_switch", on_raw_tp, 0)
PROGRAM("tp_btf/sched_process_fork", on_tp_btf, 0)
PROGRAM("fentry/do_unlinkat", on_fentry, 0)
PROGRAM("fexit/do_unlinkat", on_fexit, 0)
PROGRAM("lsm/file_open", on_lsm, 0)
PROGRAM("kprobe/do_unlinkat", on_kprobe, 0)
PROGRAM("kretprobe/do_unlinkat", on_kretprobe, 0)
PROGRAM("kprobe.multi/do_unlink*", on_kprobe_multi, 0)
PROGRAM("uprobe//bin/links:probed", on_uprobe, 0)
PROGRAM("uretprobe//bin/links:probed", on_uretprobe, 0)
PROGRAM("iter/task", on_iter, 0)
PROGRAM("xdp", on_xdp, XDP_PASS)
PROGRAM("cgroup_skb/egress", on_cgroup_skb, 1)
PROGRAM("cgroup/connect4", on_connect4, 1)
PROGRAM("sk_lookup", on_sk_lookup, SK_PASS)
PROGRAM("flow_dissector", on_dissector, BPF_OK)
PROGRAM("tc", on_tcx, 0)

char LICENSE[] SEC("license") = "GPL";
