/*
 * Preloaded into a process: writes what each bpf(2) call that goes through syscall(3) passed and got, a JSON object a line, to the file
 * that SHIM_LOG names. libbpf and bcc make all their calls that way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long raw(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return ret;
}

static char *hex(char *at, const void *from, size_t size)
{
	const unsigned char *bytes = from;

	for (size_t i = 0; i < size; i++) {
		*at++ = "0123456789abcdef"[bytes[i] >> 4];
		*at++ = "0123456789abcdef"[bytes[i] & 15];
	}
	return at;
}

static char *text(char *at, const char *name, const void *from, size_t size)
{
	at += sprintf(at, ",\"%s\":\"", name);
	at = hex(at, from, size);
	*at++ = '"';
	return at;
}

static char *result(char *at, int fd)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = {};

	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (raw(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, (long)&attr, sizeof(attr), 0, 0, 0))
		return at;
	at += sprintf(at, ",\"id\":%u,\"verified_insns\":%u", info.id, info.verified_insns);
	return text(at, "tag", info.tag, sizeof(info.tag));
}

static void record(int cmd, union bpf_attr *before, long ret, char *line, char *at)
{
	const char *log = (const char *)(uintptr_t)before->log_buf;
	int fd = open(getenv("SHIM_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

	at += sprintf(at, ",\"ret\":%ld", ret);
	if (cmd == BPF_PROG_LOAD) {
		if (log && before->log_level && before->log_size)
			at = text(at, "log", log, strnlen(log, before->log_size));
		if (ret >= 0)
			at = result(at, ret);
	}
	*at++ = '}';
	*at++ = '\n';
	if (fd < 0 || write(fd, line, at - line) != at - line)
		abort();
	close(fd);
}

static long bpf(int cmd, union bpf_attr *attr, unsigned size)
{
	union bpf_attr before = {};
	size_t insns = 0, log = 0;
	char *line, *at;
	long ret;

	memcpy(&before, attr, size < sizeof(before) ? size : sizeof(before));
	if (cmd == BPF_PROG_LOAD) {
		insns = (size_t)before.insn_cnt * 8;
		log = before.log_buf ? before.log_size : 0;
	}
	line = at = malloc(4096 + 2 * (size + insns + log));
	at += sprintf(at, "{\"pid\":%d,\"tid\":%ld,\"cmd\":%d,\"size\":%u", getpid(), raw(SYS_gettid, 0, 0, 0, 0, 0, 0), cmd, size);
	at = text(at, "attr", attr, size);
	if (cmd == BPF_PROG_LOAD) {
		at = text(at, "insns", (void *)(uintptr_t)before.insns, insns);
		at = text(at, "license", (void *)(uintptr_t)before.license, strlen((char *)(uintptr_t)before.license));
	}
	ret = raw(SYS_bpf, cmd, (long)attr, size, 0, 0, 0);
	record(cmd, &before, ret, line, at);
	free(line);
	return ret;
}

long syscall(long nr, ...)
{
	long a[6], ret;
	va_list args;

	va_start(args, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (nr == SYS_bpf && getenv("SHIM_LOG"))
		ret = bpf(a[0], (union bpf_attr *)a[1], a[2]);
	else
		ret = raw(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (ret >= 0 || ret < -4095)
		return ret;
	errno = -ret;
	return -1;
}
