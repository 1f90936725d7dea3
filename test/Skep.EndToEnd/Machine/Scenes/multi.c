// SPDX-License-Identifier: Apache-2.0
/* A program on the entry of many functions of the kernel by one link (Linux 7.3): multi BTF-ID..., until standard input ends. */
#define _GNU_SOURCE
#include "calls.h"
#include <stdint.h>

#define PROG_TYPE_TRACING 26
#define TRACE_FENTRY_MULTI 59
#define MOST 8

int main(int argc, char **argv)
{
	const struct bpf_insn zero[] = { MOV64_IMM(BPF_REG_0, 0), EXIT() };
	union bpf_attr load = { .prog_type = PROG_TYPE_TRACING, .expected_attach_type = TRACE_FENTRY_MULTI, .insns = (uintptr_t)zero,
				.insn_cnt = 2, .license = (uintptr_t)"GPL", .prog_name = "on_many" };
	struct {
		__u32 program, target, type, flags;
		__u64 ids, cookies;
		__u32 count, padding;
	} link = { .type = TRACE_FENTRY_MULTI };
	__u32 ids[MOST];
	__u64 cookies[MOST];

	for (int i = 1; i < argc && i <= MOST; i++) {
		ids[i - 1] = strtoul(argv[i], NULL, 10);
		cookies[i - 1] = 100 + i;
		link.count = i;
	}
	link.ids = (uintptr_t)ids;
	link.cookies = (uintptr_t)cookies;
	link.program = syscall(__NR_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if ((int)link.program < 0 || syscall(__NR_bpf, BPF_LINK_CREATE, &link, sizeof(link)) < 0)
		printf("refused: %s\n", strerror(errno));
	else
		printf("attached\n");
	fflush(stdout);
	getchar();
	return 0;
}
