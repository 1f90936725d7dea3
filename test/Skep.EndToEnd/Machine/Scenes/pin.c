// SPDX-License-Identifier: Apache-2.0
/* Pins programs of cgroups that let everything pass, each at a path: pin PATH..., by the name of the path's last component. */
#define _GNU_SOURCE
#include "calls.h"
#include <stdint.h>

static __u64 pointer(const void *p)
{
	return (uintptr_t)p;
}

int main(int argc, char **argv)
{
	static const struct bpf_insn pass[] = { MOV64_IMM(BPF_REG_0, 1), EXIT() };

	for (int i = 1; i < argc; i++) {
		const char *name = strrchr(argv[i], '/');
		union bpf_attr load = { .prog_type = BPF_PROG_TYPE_CGROUP_SKB, .insns = pointer(pass), .insn_cnt = 2,
					.license = pointer("GPL"),
			.expected_attach_type = name && !strcmp(name, "/ingress") ? BPF_CGROUP_INET_INGRESS : BPF_CGROUP_INET_EGRESS };
		union bpf_attr pin = { .pathname = pointer(argv[i]) };

		strncpy(load.prog_name, name ? name + 1 : argv[i], sizeof(load.prog_name) - 1);
		pin.bpf_fd = syscall(__NR_bpf, BPF_PROG_LOAD, &load, sizeof(load));
		if ((int)pin.bpf_fd < 0)
			fail("load");
		if (syscall(__NR_bpf, BPF_OBJ_PIN, &pin, sizeof(pin)))
			fail(argv[i]);
	}
	return 0;
}
