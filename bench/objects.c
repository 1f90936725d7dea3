// SPDX-License-Identifier: Apache-2.0
/* Holds N programs, each with a map and a link of its own, until it is ended: objects N. Prints "ready" when they are there. */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
		.map_name = "bench",
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

static int program(int map_fd)
{
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map_fd },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.insns = (__u64)code,
		.insn_cnt = 4,
		.license = (__u64)"GPL",
		.prog_name = "bench",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/* A tracepoint that is not hit meanwhile. */
static int link_of(int program_fd)
{
	union bpf_attr attr = { .raw_tracepoint = { .name = (__u64)"xdp_exception", .prog_fd = program_fd } };

	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;
	struct rlimit files = { 4096 + 3 * count, 4096 + 3 * count };

	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = 0; i < count; i++) {
		int m = map(), p = m < 0 ? -1 : program(m);

		if (p < 0 || link_of(p) < 0) {
			perror("objects");
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	pause();
}
