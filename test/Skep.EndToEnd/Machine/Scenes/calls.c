// SPDX-License-Identifier: Apache-2.0
/*
 * Scenes of plain system calls, for 64-bit and 32-bit: calls SCENE..., where SCENE is fail, classic, elements,
 * perf, int80 or crowd. What the verifier says is left in the directory that LOGS names, to be compared with what watch says.
 */
#define _GNU_SOURCE
#include "calls.h"
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define LONG_PROGRAM 3000
#define LOG_SIZE (1 << 20)
#define CROWD 8
#define CROWD_MAPS 250

static __u64 pointer(const void *p)
{
	return (uintptr_t)p;
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int create_map(const char *name, __u32 type, __u32 key, __u32 value, __u32 entries)
{
	union bpf_attr attr = { .map_type = type, .key_size = key, .value_size = value, .max_entries = entries };
	int fd;

	strncpy(attr.map_name, name, sizeof(attr.map_name) - 1);
	fd = bpf(BPF_MAP_CREATE, &attr);
	return fd >= 0 ? fd : fail(name);
}

static int load(const char *name, __u32 type, const struct bpf_insn *code, __u32 count, __u32 level, char *log)
{
	union bpf_attr attr = { .prog_type = type, .insns = pointer(code), .insn_cnt = count, .license = pointer("GPL") };

	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	if (level) {
		attr.log_level = level;
		attr.log_buf = pointer(log);
		attr.log_size = LOG_SIZE;
	}
	return bpf(BPF_PROG_LOAD, &attr);
}

static void write_log(const char *name, const char *log)
{
	char path[256];
	const char *dir = getenv("LOGS");
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.log", dir ? dir : ".", name);
	file = fopen(path, "w");
	if (!file || fwrite(log, 1, strlen(log), file) != strlen(log) || fclose(file))
		fail(path);
}

/* A load that the verifier refuses; its log goes to NAME.log. */
static void fail_to_load(const char *name, const struct bpf_insn *code, __u32 count, __u32 level)
{
	char *log = calloc(1, LOG_SIZE);

	if (load(name, BPF_PROG_TYPE_SOCKET_FILTER, code, count, level, log) >= 0)
		exit(1);
	write_log(name, log);
	free(log);
}

/* Linux 7.1: the fourth argument of bpf(2), where the command has the flag. */
struct common_attr {
	__u64 log_buf;
	__u32 log_size;
	__u32 log_level;
	__u32 log_true_size;
};

#define COMMON_ATTRS (1 << 16)

/* The same with common attributes, and a map with them; a kernel without them does neither. */
static void fail_to_load_with_common(const char *name, const struct bpf_insn *code, __u32 count)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = pointer(code), .insn_cnt = count,
				.license = pointer("GPL") };
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1, .map_name = "common_map" };
	union bpf_attr none = {};
	char *log = calloc(1, LOG_SIZE);
	struct common_attr common = { .log_buf = pointer(log), .log_size = LOG_SIZE, .log_level = 1 };

	/* Without pointers: of a command that is not known, the bytes are reported. */
	if (syscall(__NR_bpf, BPF_MAP_CREATE | COMMON_ATTRS, &none, sizeof(none), NULL, sizeof(common)) >= 0 || errno != EFAULT)
		return;
	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	if (syscall(__NR_bpf, BPF_PROG_LOAD | COMMON_ATTRS, &attr, sizeof(attr), &common, sizeof(common)) >= 0)
		exit(1);
	write_log(name, log);
	free(log);
	if (syscall(__NR_bpf, BPF_MAP_CREATE | COMMON_ATTRS, &map, sizeof(map), &common, sizeof(common)) < 0)
		fail("common_map");
}

static void scene_fail(void)
{
	const struct bpf_insn unread[] = { MOV64_REG(BPF_REG_0, BPF_REG_2), EXIT() };
	struct bpf_insn *much = calloc(LONG_PROGRAM, sizeof(*much));

	for (int i = 0; i < LONG_PROGRAM; i++)
		much[i] = (struct bpf_insn)MOV64_IMM(BPF_REG_0, i);
	much[LONG_PROGRAM - 2] = unread[0];
	much[LONG_PROGRAM - 1] = unread[1];
	fail_to_load("short_log", unread, 2, 1);
	fail_to_load("long_log", much, LONG_PROGRAM, 2);
	fail_to_load_with_common("common_log", unread, 2);
}

static void scene_classic(void)
{
	struct sock_filter pass[] = { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_RET | BPF_A, 0) };
	struct sock_filter allow[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffff, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct bpf_insn zero[] = { MOV64_IMM(BPF_REG_0, 0), EXIT() };
	struct sock_fprog socket_code = { 2, pass }, seccomp_code = { 4, allow };
	int one = 1, udp = socket(AF_INET, SOCK_DGRAM, 0), program;

	if (setsockopt(udp, SOL_SOCKET, SO_ATTACH_FILTER, &socket_code, sizeof(socket_code)))
		fail("SO_ATTACH_FILTER");
	if (setsockopt(udp, SOL_SOCKET, SO_DETACH_FILTER, &one, sizeof(one)))
		fail("SO_DETACH_FILTER");
	program = load("attached", BPF_PROG_TYPE_SOCKET_FILTER, zero, 2, 0, NULL);
	if (setsockopt(udp, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)))
		fail("SO_ATTACH_BPF");
	if (setsockopt(udp, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)))
		fail("SO_LOCK_FILTER");
	udp = socket(AF_INET6, SOCK_DGRAM, 0);
	if (setsockopt(udp, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    setsockopt(udp, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &socket_code, sizeof(socket_code)))
		fail("SO_ATTACH_REUSEPORT_CBPF");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &seccomp_code))
		fail("seccomp");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &seccomp_code, 0, 0))
		fail("prctl");
}

static void scene_elements(void)
{
	union bpf_attr attr = {};
	__u32 key;
	__u64 value = 1;

	attr.map_fd = create_map("counted", BPF_MAP_TYPE_HASH, 4, 8, 1024);
	attr.key = pointer(&key);
	attr.value = pointer(&value);
	for (key = 0; key < 1000; key++)
		if (bpf(BPF_MAP_UPDATE_ELEM, &attr))
			fail("update");
	for (key = 995; key < 1005; key++)
		bpf(BPF_MAP_LOOKUP_ELEM, &attr);
	attr.value = 0;
	for (key = 0; key < 7; key++)
		if (bpf(BPF_MAP_DELETE_ELEM, &attr))
			fail("delete");
}

static long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long n = -1;

	if (!file || fscanf(file, "%ld", &n) != 1)
		fail(path);
	fclose(file);
	return n;
}

static int open_event(struct perf_event_attr *attr, const char *what)
{
	int fd = syscall(__NR_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	return fd >= 0 ? fd : fail(what);
}

/* Programs attached by ioctl, which makes no link. */
static void scene_perf(void)
{
	const struct bpf_insn zero[] = { MOV64_IMM(BPF_REG_0, 0), EXIT() };
	struct perf_event_attr tracepoint = { .size = sizeof(tracepoint), .type = PERF_TYPE_TRACEPOINT };
	struct perf_event_attr kprobe = { .size = sizeof(kprobe) }, uprobe = { .size = sizeof(uprobe) };
	struct perf_event_attr clock = { .size = sizeof(clock), .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 1 << 30 };

	tracepoint.config = read_number("/sys/kernel/tracing/events/sched/sched_process_exec/id");
	kprobe.type = read_number("/sys/bus/event_source/devices/kprobe/type");
	kprobe.config1 = pointer("vfs_unlink");
	uprobe.type = read_number("/sys/bus/event_source/devices/uprobe/type");
	uprobe.config1 = pointer("/bin/busybox");
	uprobe.config2 = 0x1000;
	if (ioctl(open_event(&tracepoint, "tracepoint"), PERF_EVENT_IOC_SET_BPF,
		load("on_tracepoint", BPF_PROG_TYPE_TRACEPOINT, zero, 2, 0, NULL)))
		fail("PERF_EVENT_IOC_SET_BPF on a tracepoint");
	if (ioctl(open_event(&kprobe, "kprobe"), PERF_EVENT_IOC_SET_BPF, load("on_kprobe", BPF_PROG_TYPE_KPROBE, zero, 2, 0, NULL)))
		fail("PERF_EVENT_IOC_SET_BPF on a kprobe");
	if (ioctl(open_event(&uprobe, "uprobe"), PERF_EVENT_IOC_SET_BPF, load("on_uprobe", BPF_PROG_TYPE_KPROBE, zero, 2, 0, NULL)))
		fail("PERF_EVENT_IOC_SET_BPF on a uprobe");
	if (ioctl(open_event(&clock, "clock"), PERF_EVENT_IOC_SET_BPF, load("on_clock", BPF_PROG_TYPE_PERF_EVENT, zero, 2, 0, NULL)))
		fail("PERF_EVENT_IOC_SET_BPF on a clock");
}

/* The 32-bit entry: from a 32-bit process, and from a 64-bit one with its memory placed low. */
static void scene_int80(void)
{
	struct {
		union bpf_attr attr;
		struct bpf_insn code[5];
		char license[4];
		__u32 fprog[2];
		struct sock_filter filter[2];
		__u32 option[5];
	} *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_32BIT, -1, 0);
	const struct sock_filter filter[] = { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_RET | BPF_A, 0) };
	int map, program, udp = socket(AF_INET, SOCK_DGRAM, 0);

	if (low == MAP_FAILED)
		fail("mmap");
	low->attr = (union bpf_attr){ .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 12, .max_entries = 3,
		.map_name = "compat_map" };
	map = int80(NR32_BPF, BPF_MAP_CREATE, (uintptr_t)&low->attr, sizeof(low->attr));
	const struct bpf_insn code[] = { LD_MAP_FD(BPF_REG_1, map), MOV64_IMM(BPF_REG_0, 32), EXIT() };

	memcpy(low->code, code, sizeof(code));
	memcpy(low->license, "GPL", 4);
	low->attr = (union bpf_attr){ .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = pointer(low->code), .insn_cnt = 4,
		.license = pointer(low->license), .prog_name = "compat_program" };
	program = int80(NR32_BPF, BPF_PROG_LOAD, (uintptr_t)&low->attr, sizeof(low->attr));
	memcpy(low->filter, filter, sizeof(filter));
	low->fprog[0] = 2;
	low->fprog[1] = pointer(low->filter);
	low->option[0] = udp;
	low->option[1] = SOL_SOCKET;
	low->option[2] = SO_ATTACH_FILTER;
	low->option[3] = pointer(low->fprog);
	low->option[4] = sizeof(low->fprog);
	if (map < 0 || program < 0 || int80(NR32_SOCKETCALL, 14, (uintptr_t)low->option, 0))
		fail("int 0x80");
}

/* Processes that make maps on one processor, each of a name of its own: crowd_PROCESS_NUMBER. */
static void scene_crowd(void)
{
	char name[BPF_OBJ_NAME_LEN];
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		fail("sched_setaffinity");
	for (int process = 0; process < CROWD; process++) {
		if (fork())
			continue;
		for (int i = 0; i < CROWD_MAPS; i++) {
			snprintf(name, sizeof(name), "crowd_%d_%d", process, i);
			close(create_map(name, BPF_MAP_TYPE_ARRAY, 4, 4, 1));
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} scenes[] = { { "fail", scene_fail }, { "classic", scene_classic }, { "elements", scene_elements }, { "perf", scene_perf },
			{ "int80", scene_int80 }, { "crowd", scene_crowd } };
	size_t n;

	for (int i = 1; i < argc; i++) {
		for (n = 0; n < sizeof(scenes) / sizeof(*scenes); n++)
			if (!strcmp(argv[i], scenes[n].name))
				break;
		if (n == sizeof(scenes) / sizeof(*scenes)) {
			fprintf(stderr, "calls: there is no scene %s (fail, classic, elements, perf, int80, crowd)\n", argv[i]);
			return 2;
		}
		scenes[n].play();
	}
	hold();
	return 0;
}
