/*
 * links DEVICE CGROUP TRACEPOINT: a link of each kind, updates and detaches, attaches without a link; what the kernel says of them, then
 * bpftool's list of links.
 */
#include "calls.h"
#include <fcntl.h>
#include <linux/perf_event.h>
#include <net/if.h>

#define TCX_INGRESS 46

static long link_create(long prog, int target, int type)
{
	union bpf_attr attr = {};

	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = target;
	attr.link_create.attach_type = type;
	return sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static long load_expecting(int type, int expected, int value, const char *name)
{
	struct bpf_insn insns[] = { MOV(0, value), EXIT() };
	union bpf_attr attr = {};

	attr.prog_type = type;
	attr.expected_attach_type = expected;
	attr.insns = ADDRESS(insns);
	attr.insn_cnt = 2;
	attr.license = ADDRESS("GPL");
	name_object(attr.prog_name, name);
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void say(const char *what, long link, long prog)
{
	if (link < 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(-link));
		exit(1);
	}
	printf("{\"what\":\"%s\",\"link\":%u,\"prog\":%u}\n", what, object_id(link), object_id(prog));
}

static long attach(int cmd, int target, long prog, int type, unsigned flags)
{
	union bpf_attr attr = {};

	attr.target_fd = target;
	attr.attach_bpf_fd = prog;
	attr.attach_type = type;
	attr.attach_flags = flags;
	return sys_bpf(cmd, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	struct perf_event_attr event = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(event), .sample_period = 1 };
	long raw, perf, xdp, xdp2, tc, skb, lookup, link;
	union bpf_attr attr = {};
	int ifindex, cgroup, netns, fd;

	must(argc == 4, "usage");
	setvbuf(stdout, NULL, _IONBF, 0);
	ifindex = if_nametoindex(argv[1]);
	cgroup = open(argv[2], O_RDONLY | O_DIRECTORY);
	netns = open("/proc/self/ns/net", O_RDONLY);
	event.config = atoi(argv[3]);
	fd = syscall(__NR_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	must(ifindex && cgroup >= 0 && netns >= 0 && fd >= 0, "targets");
	raw = load_returning(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, "raw");
	perf = load_returning(BPF_PROG_TYPE_TRACEPOINT, 0, "perf");
	xdp = load_returning(BPF_PROG_TYPE_XDP, XDP_PASS, "xdp");
	xdp2 = load_returning(BPF_PROG_TYPE_XDP, XDP_PASS, "xdp2");
	tc = load_returning(BPF_PROG_TYPE_SCHED_CLS, 0, "tc");
	skb = load_expecting(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 1, "skb");
	lookup = load_expecting(BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, SK_PASS, "lookup");

	attr.raw_tracepoint.name = ADDRESS("sched_process_exec");
	attr.raw_tracepoint.prog_fd = raw;
	say("raw_tracepoint", sys_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr)), raw);
	say("perf_event", link_create(perf, fd, BPF_PERF_EVENT), perf);
	say("tcx", link_create(tc, ifindex, TCX_INGRESS), tc);
	say("cgroup", link_create(skb, cgroup, BPF_CGROUP_INET_EGRESS), skb);
	say("netns", link_create(lookup, netns, BPF_SK_LOOKUP), lookup);
	link = link_create(xdp, ifindex, BPF_XDP);
	say("xdp", link, xdp);
	if (system("bpftool link show -j"))
		return 1;
	memset(&attr, 0, sizeof(attr));
	attr.link_update.link_fd = link;
	attr.link_update.new_prog_fd = xdp2;
	attr.link_update.old_prog_fd = xdp;
	attr.link_update.flags = BPF_F_REPLACE;
	must(!sys_bpf(BPF_LINK_UPDATE, &attr, sizeof(attr)), "update");
	say("update", link, xdp2);
	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = link;
	must(!sys_bpf(BPF_LINK_DETACH, &attr, sizeof(attr)), "detach");
	must(!attach(BPF_PROG_ATTACH, cgroup, skb, BPF_CGROUP_INET_EGRESS, BPF_F_ALLOW_MULTI), "cgroup attach");
	must(!attach(BPF_PROG_DETACH, cgroup, skb, BPF_CGROUP_INET_EGRESS, 0), "cgroup detach");
	printf("{\"what\":\"refused\",\"ret\":%ld}\n", link_create(xdp, 1000000, BPF_XDP));
	return 0;
}
