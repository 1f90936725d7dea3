/* SPDX-License-Identifier: Apache-2.0 */
/* System calls made by hand, so that nothing is made besides; the wait of a scene for those who look at it. */
#ifndef CALLS_H
#define CALLS_H

#include <linux/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR32_BPF	357
#define NR32_SOCKETCALL	102

#define MOV64_IMM(dst, n)	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = dst, .imm = n }
#define MOV64_REG(dst, src)	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = dst, .src_reg = src }
#define LD_MAP_FD(dst, fd)	{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = dst, .src_reg = BPF_PSEUDO_MAP_FD, .imm = fd }, {}
#define EXIT()			{ .code = BPF_JMP | BPF_EXIT }

/* As a 32-bit program, or a 64-bit one that knows no better, makes it: pointers must be below 4 GiB. */
static inline long int80(long nr, long a, long b, long c)
{
	long ret;

#ifdef __x86_64__
	asm volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
#else
	asm volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
#endif
	return (int)ret;
}

static inline int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

/* Says that all is made by creating the file that HOLD names, and keeps it until the file is removed. */
static inline void hold(void)
{
	const char *file = getenv("HOLD");

	if (!file)
		return;
	close(open(file, O_CREAT | O_WRONLY, 0600));
	while (!access(file, F_OK))
		usleep(100 * 1000);
}

#endif
