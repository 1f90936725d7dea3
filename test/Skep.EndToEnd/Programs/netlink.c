/* netlink DEVICE: XDP and tc by libbpf's netlink, and one attach that the kernel refuses. */
#include "calls.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

int main(int argc, char **argv)
{
	DECLARE_LIBBPF_OPTS(bpf_xdp_attach_opts, expected);
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .attach_point = BPF_TC_EGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, filter, .priority = 7, .handle = 1);
	int first, second, tc, refused;

	must(argc == 2, "usage");
	hook.ifindex = if_nametoindex(argv[1]);
	first = load_returning(BPF_PROG_TYPE_XDP, XDP_PASS, "first");
	second = load_returning(BPF_PROG_TYPE_XDP, XDP_PASS, "second");
	tc = load_returning(BPF_PROG_TYPE_SCHED_CLS, 0, "classifier");
	must(hook.ifindex && first >= 0 && second >= 0 && tc >= 0, "device and programs");
	must(!bpf_xdp_attach(hook.ifindex, first, XDP_FLAGS_SKB_MODE, NULL), "first");
	refused = bpf_xdp_attach(hook.ifindex, second, XDP_FLAGS_SKB_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	expected.old_prog_fd = first;
	must(!bpf_xdp_attach(hook.ifindex, second, XDP_FLAGS_SKB_MODE | XDP_FLAGS_REPLACE, &expected), "replace");
	must(!bpf_xdp_detach(hook.ifindex, XDP_FLAGS_SKB_MODE, NULL), "detach");
	must(!bpf_tc_hook_create(&hook), "clsact");
	filter.prog_fd = tc;
	must(!bpf_tc_attach(&hook, &filter), "tc");
	filter.prog_fd = filter.prog_id = filter.flags = 0;
	must(!bpf_tc_detach(&hook, &filter), "tc detach");
	printf("{\"ifindex\":%d,\"first\":%u,\"second\":%u,\"tc\":%u,\"refused\":%d}\n", hook.ifindex, object_id(first), object_id(second),
		object_id(tc), refused);
	return 0;
}
