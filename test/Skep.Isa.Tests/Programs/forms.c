// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads pairs of slots on stdin: an instruction, and the second slot for the case that it has two. Loads each between a prologue
 * that sets registers and stack and an epilogue that returns, and prints "OK" or the last line of the verifier's log.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char verifier_log[1 << 16];

static const char *last_line(void)
{
	const char *last = "";

	for (char *line = strtok(verifier_log, "\n"); line && strncmp(line, "processed", 9); line = strtok(NULL, "\n"))
		last = line;
	return last;
}

int main(void)
{
	struct bpf_insn pair[2], program[16];

	while (fread(pair, sizeof(pair), 1, stdin) == 1) {
		union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };
		int count = 0, fd;

		for (int reg = 0; reg < 10; reg++)
			if (reg != 1)
				program[count++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = reg, .imm = 1 };
		program[count++] = (struct bpf_insn){ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -8 };
		program[count++] = pair[0];
		if (pair[0].code == (BPF_LD | BPF_IMM | BPF_DW))
			program[count++] = pair[1];
		program[count++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
		program[count++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
		attr.insns = (uintptr_t)program;
		attr.insn_cnt = count;
		attr.license = (uintptr_t)"GPL";
		attr.log_buf = (uintptr_t)verifier_log;
		attr.log_size = sizeof(verifier_log);
		attr.log_level = 1;
		verifier_log[0] = 0;
		fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
		puts(fd >= 0 ? "OK" : last_line());
		if (fd >= 0)
			close(fd);
	}
	return 0;
}
