// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * load TYPE LOG: reads instructions on stdin up to its end, puts the descriptor of a fresh array map into each map load, loads the
 * program, writes the verifier's log to the file LOG, prints "ID TAG MAP_ID" and keeps all open until a signal ends it.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct bpf_insn insns[1 << 16];
static char verifier_log[1 << 22];

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 4;

	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 64, .max_entries = 1 };
	struct bpf_prog_info prog = {};
	struct bpf_map_info map = {};
	FILE *log;
	size_t count = fread(insns, sizeof(insns[0]), sizeof(insns) / sizeof(insns[0]), stdin);
	int map_fd = bpf(BPF_MAP_CREATE, &attr), fd;

	for (size_t i = 0; i < count; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD || insns[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insns[i].imm = map_fd;
		i++;
	}
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = atoi(argv[1]);
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = count;
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)verifier_log;
	attr.log_size = sizeof(verifier_log);
	attr.log_level = 2;
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		fprintf(stderr, "load of %zu instructions: %s\n%s", count, strerror(errno), verifier_log);
		return 1;
	}
	log = fopen(argv[2], "w");
	fputs(verifier_log, log);
	fclose(log);
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(prog);
	attr.info.info = (uintptr_t)&prog;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		return 2;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = map_fd;
	attr.info.info_len = sizeof(map);
	attr.info.info = (uintptr_t)&map;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		return 3;
	printf("%u ", prog.id);
	for (int i = 0; i < 8; i++)
		printf("%02x", prog.tag[i]);
	printf(" %u\n", map.id);
	fflush(stdout);
	pause();
	return 0;
}
