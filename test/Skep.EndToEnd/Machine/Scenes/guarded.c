// SPDX-License-Identifier: Apache-2.0
/*
 * What a policy may allow or deny, by calls made by hand.
 *   guarded load HELPER [TYPE]      loads a program that calls a helper: prints "loaded" or the error
 *   guarded load32 HELPER           the same by a 32-bit system call
 *   guarded map TYPE                creates a map
 *   guarded at TYPE ATTACH FUNCTION loads a program of a type for a function of the kernel, by its number in the kernel's BTF
 *   guarded replace ID              loads a program that replaces a function of the program ID
 *   guarded open ID                 asks for a descriptor of the map ID, to read it
 *   guarded cgroup CGROUP DIRECTORY attaches a program to a cgroup by a link, and another one without; pins link, linked and attached
 *   guarded race DENIED ALLOWED N   N loads while another thread writes now the one helper, now the other into the buffer:
 *                                   prints how many were loaded, denied, and loaded with the denied helper
 *   guarded storm DENIED ALLOWED    loads both by turns until SIGTERM: prints "loaded A of the first, B of the second, N in all"
 *   guarded time INSNS MS           loads a program of INSNS instructions for MS milliseconds: prints microseconds for one
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include "calls.h"

#define CALL(helper) { .code = BPF_JMP | BPF_CALL, .imm = helper }

static union bpf_attr attr_of(struct bpf_insn *insns, int count, int type)
{
	union bpf_attr attr = {};

	attr.prog_type = type;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = count;
	attr.license = (uintptr_t) "GPL";
	memcpy(attr.prog_name, "guarded", 8);
	return attr;
}

static int load(struct bpf_insn *insns, int count, int type)
{
	union bpf_attr attr = attr_of(insns, count, type);

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int load_helper(int helper, int type)
{
	struct bpf_insn insns[] = {
		MOV64_IMM(1, 0), MOV64_IMM(2, 0), MOV64_IMM(3, 0), CALL(helper), MOV64_IMM(0, 0), EXIT(),
	};

	return load(insns, sizeof(insns) / sizeof(*insns), type);
}

static int report(int fd)
{
	if (fd < 0) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	printf("loaded\n");
	return 0;
}

/* A buffer below 4 GiB, which a 32-bit call can name. */
static int load32(int helper)
{
	struct bpf_insn insns[] = { CALL(helper), MOV64_IMM(0, 0), EXIT() };
	char *low = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	union bpf_attr attr;
	long fd;

	if (low == MAP_FAILED)
		return fail("mmap");
	memcpy(low, insns, sizeof(insns));
	strcpy(low + 2048, "GPL");
	attr = attr_of((struct bpf_insn *)low, sizeof(insns) / sizeof(*insns), BPF_PROG_TYPE_SOCKET_FILTER);
	attr.license = (uintptr_t)(low + 2048);
	memcpy(low + 4096, &attr, sizeof(attr));
	fd = int80(NR32_BPF, BPF_PROG_LOAD, (uintptr_t)(low + 4096), sizeof(attr));
	if (fd < 0) {
		errno = -fd;
		fd = -1;
	}
	return report(fd);
}

static int load_at(int type, int expected, int function)
{
	struct bpf_insn insns[] = { MOV64_IMM(0, 0), EXIT() };
	union bpf_attr attr = attr_of(insns, 2, type);

	attr.expected_attach_type = expected;
	attr.attach_btf_id = function;
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int by_id(int command, int id)
{
	union bpf_attr attr = { .map_id = id, .open_flags = command == BPF_MAP_GET_FD_BY_ID ? BPF_F_RDONLY : 0 };

	return syscall(SYS_bpf, command, &attr, sizeof(attr));
}

/* The verifier would look whether there is a function of this number: a guarded one is refused before. */
static int replace(int id)
{
	struct bpf_insn insns[] = { MOV64_IMM(0, 0), EXIT() };
	union bpf_attr attr = attr_of(insns, 2, BPF_PROG_TYPE_EXT);
	int target = by_id(BPF_PROG_GET_FD_BY_ID, id);

	if (target < 0)
		return target;
	attr.attach_prog_fd = target;
	attr.attach_btf_id = 1;
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void pin(int fd, const char *directory, const char *name)
{
	char path[256];
	union bpf_attr attr = { .bpf_fd = fd };

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	attr.pathname = (uintptr_t)path;
	if (fd < 0 || syscall(SYS_bpf, BPF_OBJ_PIN, &attr, sizeof(attr)))
		fail(path);
}

static int attach_to_cgroup(const char *path, const char *directory)
{
	struct bpf_insn insns[] = { MOV64_IMM(0, 1), EXIT() };
	int cgroup = open(path, O_RDONLY), linked = load(insns, 2, BPF_PROG_TYPE_CGROUP_SKB), attached = load(insns, 2,
		BPF_PROG_TYPE_CGROUP_SKB);
	union bpf_attr link = { .link_create = { .prog_fd = linked, .target_fd = cgroup, .attach_type = BPF_CGROUP_INET_EGRESS } };
	union bpf_attr attach = { .target_fd = cgroup, .attach_bpf_fd = attached, .attach_type = BPF_CGROUP_INET_EGRESS,
				  .attach_flags = BPF_F_ALLOW_MULTI };

	pin(linked, directory, "linked");
	pin(attached, directory, "attached");
	pin(syscall(SYS_bpf, BPF_LINK_CREATE, &link, sizeof(link)), directory, "link");
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach));
}

static struct bpf_insn shared[] = { CALL(0), MOV64_IMM(0, 0), EXIT() };
static volatile int is_over;
static int denied, allowed;

static void *rewrite(void *unused)
{
	volatile int *helper = &shared[0].imm;

	while (!is_over) {
		*helper = denied;
		sched_yield();
		*helper = allowed;
		sched_yield();
	}
	return unused;
}

/* The first 8 bytes of what the kernel made of its instructions tell one helper from the other. */
static int first_call(int fd)
{
	struct bpf_insn insns[64] = {};
	struct bpf_prog_info info = {};
	union bpf_attr attr = {};

	info.xlated_prog_insns = (uintptr_t)insns;
	info.xlated_prog_len = sizeof(insns);
	attr.info.bpf_fd = fd;
	attr.info.info = (uintptr_t)&info;
	attr.info.info_len = sizeof(info);
	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return -1;
	return insns[0].code == (BPF_JMP | BPF_CALL) ? insns[0].imm : 0;
}

static int race(int count)
{
	int loaded = 0, refused = 0, wrong = 0, right;
	pthread_t thread;
	int fd;

	shared[0].imm = allowed;
	fd = load(shared, 3, BPF_PROG_TYPE_SOCKET_FILTER);
	if (fd < 0)
		return fail("the allowed program");
	right = first_call(fd);
	close(fd);
	if (pthread_create(&thread, 0, rewrite, 0))
		return fail("pthread_create");
	for (int i = 0; i < count; i++) {
		fd = load(shared, 3, BPF_PROG_TYPE_SOCKET_FILTER);
		if (fd < 0) {
			refused++;
			continue;
		}
		loaded++;
		if (first_call(fd) != right)
			wrong++;
		close(fd);
	}
	is_over = 1;
	pthread_join(thread, 0);
	printf("%d loaded, %d denied, %d wrong\n", loaded, refused, wrong);
	return 0;
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static int storm(void)
{
	int first = 0, second = 0, all = 0, fd;

	signal(SIGTERM, end);
	while (!ended) {
		for (int i = 0; i < 2; i++) {
			fd = load_helper(i ? allowed : denied, BPF_PROG_TYPE_SOCKET_FILTER);
			all++;
			if (fd < 0)
				continue;
			close(fd);
			*(i ? &second : &first) += 1;
		}
	}
	printf("loaded %d of the first, %d of the second, %d in all\n", first, second, all);
	return 0;
}

static int time_loads(int count, long length)
{
	struct bpf_insn insns[4096] = {};
	long begin = milliseconds(), now;
	int loads = 0, fd;

	if (count < 2 || count > 4096)
		return fail("INSNS");
	for (int i = 0; i < count - 1; i++)
		insns[i] = (struct bpf_insn)MOV64_IMM(0, i);
	insns[count - 1] = (struct bpf_insn)EXIT();
	do {
		fd = load(insns, count, BPF_PROG_TYPE_SOCKET_FILTER);
		if (fd < 0)
			return fail("load");
		close(fd);
		loads++;
		now = milliseconds();
	} while (now - begin < length);
	printf("%ld\n", (now - begin) * 1000 / loads);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "load"))
		return report(load_helper(atoi(argv[2]), argc > 3 ? atoi(argv[3]) : BPF_PROG_TYPE_SOCKET_FILTER));
	if (argc > 2 && !strcmp(argv[1], "load32"))
		return load32(atoi(argv[2]));
	if (argc > 3 && !strcmp(argv[1], "time"))
		return time_loads(atoi(argv[2]), atol(argv[3]));
	if (argc > 4 && !strcmp(argv[1], "at"))
		return report(load_at(atoi(argv[2]), atoi(argv[3]), atoi(argv[4])));
	if (argc > 2 && !strcmp(argv[1], "replace"))
		return report(replace(atoi(argv[2])));
	if (argc > 2 && !strcmp(argv[1], "open"))
		return report(by_id(BPF_MAP_GET_FD_BY_ID, atoi(argv[2])));
	if (argc > 3 && !strcmp(argv[1], "cgroup"))
		return report(attach_to_cgroup(argv[2], argv[3]));
	if (argc > 2 && !strcmp(argv[1], "map")) {
		union bpf_attr attr = { .map_type = atoi(argv[2]), .key_size = 4, .value_size = 4, .max_entries = 1 };

		return report(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
	}
	if (argc > 3) {
		denied = atoi(argv[2]);
		allowed = atoi(argv[3]);
		if (argc > 4 && !strcmp(argv[1], "race"))
			return race(atoi(argv[4]));
		if (!strcmp(argv[1], "storm"))
			return storm();
	}
	fprintf(stderr, "guarded: see its source\n");
	return 2;
}
