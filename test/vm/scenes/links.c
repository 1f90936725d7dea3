// SPDX-License-Identifier: Apache-2.0
/* Attaches each program of links.bpf.o by itself: what the kernel refuses is said and left out. */
#include "calls.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define LOOPBACK 1
#define TCX_INGRESS 46

__attribute__((noinline)) int probed(void)
{
	asm volatile("");
	return 0;
}

/* A link that libbpf has no call for, or none of this age. */
static int create(struct bpf_program *program, const char *target, int type)
{
	return bpf_link_create(bpf_program__fd(program), target ? open(target, O_RDONLY) : LOOPBACK, type, NULL);
}

static bool attach(const char *name, struct bpf_program *program)
{
	if (!strcmp(name, "on_xdp"))
		return bpf_program__attach_xdp(program, LOOPBACK);
	if (!strcmp(name, "on_cgroup_skb"))
		return create(program, "/sys/fs/cgroup/scene", BPF_CGROUP_INET_EGRESS) >= 0;
	if (!strcmp(name, "on_connect4"))
		return create(program, "/sys/fs/cgroup", BPF_CGROUP_INET4_CONNECT) >= 0;
	if (!strcmp(name, "on_sk_lookup"))
		return create(program, "/proc/self/ns/net", BPF_SK_LOOKUP) >= 0;
	if (!strcmp(name, "on_dissector"))
		return create(program, "/proc/self/ns/net", BPF_FLOW_DISSECTOR) >= 0;
	if (!strcmp(name, "on_tcx"))
		return create(program, NULL, TCX_INGRESS) >= 0;
	return bpf_program__attach(program);
}

int main(int argc, char **argv)
{
	struct bpf_object *names = argc > 1 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *each;

	if (!names)
		return fail("open the object");
	bpf_object__for_each_program(each, names) {
		const char *name = bpf_program__name(each);
		struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
		struct bpf_program *other;

		bpf_object__for_each_program(other, object)
			bpf_program__set_autoload(other, !strcmp(bpf_program__name(other), name));
		if (!bpf_object__load(object) && attach(name, bpf_object__find_program_by_name(object, name)))
			printf("%s attached\n", name);
		else
			printf("%s refused: %s\n", name, strerror(errno));
	}
	fflush(stdout);
	probed();
	hold();
	return 0;
}
