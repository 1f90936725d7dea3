// SPDX-License-Identifier: Apache-2.0
/* Attaches each program of links.bpf.o by itself: what the kernel refuses is said and left out. links OBJECT [DEVICE]: a netkit device. */
#include "calls.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <stdint.h>

#define LOOPBACK 1
#define SECOND (1000 * 1000 * 1000)

/* Of kernels that are younger than the headers. */
#define PROG_TYPE_NETFILTER 32
#define NETFILTER 45
#define TCX_INGRESS 46
#define UPROBE_MULTI 48
#define NETKIT_PRIMARY 54
#define PF_INET 2
#define LOCAL_IN 1

static int netkit, extended;

__attribute__((noinline)) int probed(void)
{
	asm volatile("");
	return 0;
}

/* Of a link whose target is a descriptor or a device, with what follows the flags in the kernel's union. */
static int create_link(int program, int target, int type, const void *more, size_t length)
{
	char attr[128] = {};

	memcpy(attr, (__u32[]){ program, target, type, 0 }, 16);
	memcpy(attr + 16, more, length);
	return syscall(__NR_bpf, BPF_LINK_CREATE, attr, sizeof(attr));
}

static bool attach_at(int program, const char *path, int type)
{
	return create_link(program, open(path, O_RDONLY), type, NULL, 0) >= 0;
}

static bool attach_uprobe_multi(int program)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start = 0;
	__u64 offset;

	if (!maps || fscanf(maps, "%lx", &start) != 1 || fclose(maps))
		return false;
	offset = (uintptr_t)probed - start;

	struct {
		__u64 path, offsets, ref_ctr_offsets, cookies;
		__u32 count, flags, pid, padding;
	} probes = { (uintptr_t)"/bin/links", (uintptr_t)&offset, 0, 0, 1, 0, 0, 0 };

	return create_link(program, 0, UPROBE_MULTI, &probes, sizeof(probes)) >= 0;
}

static bool attach_clock(struct bpf_program *program)
{
	struct perf_event_attr clock = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(clock), .config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = SECOND };

	return bpf_program__attach_perf_event(program, syscall(__NR_perf_event_open, &clock, -1, 0, -1, 0));
}

static bool attach_map_iterator(struct bpf_object *object, struct bpf_program *program)
{
	union bpf_iter_link_info info = { .map.map_fd = bpf_object__find_map_fd_by_name(object, "counts") };
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof(info));

	return bpf_program__attach_iter(program, &options);
}

static bool attach(const char *name, struct bpf_object *object, struct bpf_program *program)
{
	int fd = bpf_program__fd(program);

	if (!strcmp(name, "has_replaced"))
		return true;
	if (!strcmp(name, "on_xdp"))
		return bpf_program__attach_xdp(program, LOOPBACK);
	if (!strcmp(name, "on_cgroup_skb"))
		return attach_at(fd, "/sys/fs/cgroup/scene", BPF_CGROUP_INET_EGRESS);
	if (!strcmp(name, "on_connect4"))
		return attach_at(fd, "/sys/fs/cgroup", BPF_CGROUP_INET4_CONNECT);
	if (!strcmp(name, "on_lsm_cgroup"))
		return attach_at(fd, "/sys/fs/cgroup/scene", BPF_LSM_CGROUP);
	if (!strcmp(name, "on_sk_lookup"))
		return attach_at(fd, "/proc/self/ns/net", BPF_SK_LOOKUP);
	if (!strcmp(name, "on_dissector"))
		return attach_at(fd, "/proc/self/ns/net", BPF_FLOW_DISSECTOR);
	if (!strcmp(name, "on_tcx"))
		return create_link(fd, LOOPBACK, TCX_INGRESS, NULL, 0) >= 0;
	if (!strcmp(name, "on_netkit"))
		return create_link(fd, netkit, NETKIT_PRIMARY, NULL, 0) >= 0;
	if (!strcmp(name, "on_netfilter"))
		return create_link(fd, 0, NETFILTER, (__u32[]){ PF_INET, LOCAL_IN, 100, 0 }, 16) >= 0;
	if (!strcmp(name, "on_uprobe_multi"))
		return attach_uprobe_multi(fd);
	if (!strcmp(name, "on_clock"))
		return attach_clock(program);
	if (!strcmp(name, "on_iter_map"))
		return attach_map_iterator(object, program);
	return bpf_program__attach(program);
}

/* Chooses one program of an object, and what libbpf does not know of it. */
static struct bpf_program *choose(struct bpf_object *object, const char *name)
{
	struct bpf_map *map;
	struct bpf_program *each, *chosen = bpf_object__find_program_by_name(object, name);

	bpf_object__for_each_program(each, object)
		bpf_program__set_autoload(each, each == chosen);
	if (strcmp(name, "on_syscall") && strcmp(name, "on_iter_map"))
		bpf_object__for_each_map(map, object)
			bpf_map__set_autocreate(map, false);
	if (!strcmp(name, "on_freplace"))
		bpf_program__set_attach_target(chosen, extended, "replaced");
	if (!strcmp(name, "on_program"))
		bpf_program__set_attach_target(chosen, extended, "has_replaced");
	if (!strcmp(name, "on_uprobe_multi"))
		bpf_program__set_expected_attach_type(chosen, UPROBE_MULTI);
	if (!strcmp(name, "on_netfilter")) {
		bpf_program__set_type(chosen, PROG_TYPE_NETFILTER);
		bpf_program__set_expected_attach_type(chosen, NETFILTER);
	}
	return chosen;
}

int main(int argc, char **argv)
{
	struct bpf_object *names = argc > 1 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *each;

	if (!names)
		return fail("open the object");
	netkit = argc > 2 ? if_nametoindex(argv[2]) : 0;
	bpf_object__for_each_program(each, names) {
		const char *name = bpf_program__name(each);
		struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
		struct bpf_program *program = choose(object, name);

		if (!bpf_object__load(object) && attach(name, object, program))
			printf("%s %s\n", name, strcmp(name, "has_replaced") ? "attached" : "loaded");
		else
			printf("%s refused: %s\n", name, strerror(errno));
		if (!strcmp(name, "has_replaced"))
			extended = bpf_program__fd(program);
	}
	fflush(stdout);
	probed();
	hold();
	return 0;
}
