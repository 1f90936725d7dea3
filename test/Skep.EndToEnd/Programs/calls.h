/* What the C programs of the tests have in common: bpf(2) without a library, and JSON about what it did. */
#ifndef CALLS_H
#define CALLS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ADDRESS(p) ((uint64_t)(uintptr_t)(p))
#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* Returns what the kernel returned: a negative error, not -1. */
static inline long sys_bpf(int cmd, void *attr, unsigned size)
{
	long ret = syscall(__NR_bpf, cmd, attr, size);

	return ret < 0 ? -errno : ret;
}

static inline void name_object(char *to, const char *name)
{
	strncpy(to, name, BPF_OBJ_NAME_LEN - 1);
}

static inline long create_map(int type, unsigned key, unsigned value, unsigned entries, const char *name)
{
	union bpf_attr attr = {};

	attr.map_type = type;
	attr.key_size = key;
	attr.value_size = value;
	attr.max_entries = entries;
	name_object(attr.map_name, name);
	return sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static inline long load_logged(int type, const struct bpf_insn *insns, unsigned count, const char *name, unsigned level, char *log,
				unsigned size)
{
	union bpf_attr attr = {};

	attr.prog_type = type;
	attr.insns = ADDRESS(insns);
	attr.insn_cnt = count;
	attr.license = ADDRESS("GPL");
	attr.log_level = level;
	attr.log_buf = ADDRESS(log);
	attr.log_size = size;
	name_object(attr.prog_name, name);
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static inline long load(int type, const struct bpf_insn *insns, unsigned count, const char *name)
{
	return load_logged(type, insns, count, name, 0, NULL, 0);
}

/* A program that returns @value. */
static inline long load_returning(int type, int value, const char *name)
{
	struct bpf_insn insns[] = { MOV(0, value), EXIT() };

	return load(type, insns, 2, name);
}

static inline void print_hex(const char *name, const void *from, size_t size)
{
	const unsigned char *bytes = from;

	printf(",\"%s\":\"", name);
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	printf("\"");
}

static inline unsigned object_id(int fd)
{
	union {
		struct bpf_prog_info prog;
		struct bpf_map_info map;
		struct bpf_link_info link;
		struct bpf_btf_info btf;
		unsigned first[2];
	} info = {};
	union bpf_attr attr = {};
	char kind[64] = {}, path[64];

	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = ADDRESS(&info);
	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, kind, sizeof(kind) - 1) > 0 && strstr(kind, "btf"))
		return info.btf.id;
	return info.first[1];
}

static inline void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

#endif
