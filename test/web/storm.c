/*
 * Loads many programs, makes many events, and has a name that a page must not take for HTML:
 *   storm
 * For each line "load COUNT" of standard input it loads that many programs, and for "make COUNT RATE" it makes that many maps; then it
 * prints "done". It holds the programs until its input ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <time.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <linux/bpf.h>

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static void load(unsigned short number)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = number },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (__u64)(unsigned long)code,
		.insn_cnt = 2,
		.license = (__u64)(unsigned long)"GPL",
	};

	snprintf(attr.prog_name, sizeof(attr.prog_name), "storm_%d", number);
	if (bpf(BPF_PROG_LOAD, &attr) < 0) {
		perror("storm: loading a program");
		exit(1);
	}
}

static void make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	long fd;

	strcpy(attr.map_name, "storm_map");
	fd = bpf(BPF_MAP_CREATE, &attr);
	if (fd >= 0)
		close(fd);
}

/* A hundredth of a second of them at once; without a rate, all. */
static void make_maps(long count, long rate)
{
	long many = rate < 200 ? 1 : rate / 100;
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	for (long i = 1; i <= count; i++) {
		make_map();
		if (rate <= 0 || i % many != 0)
			continue;
		at.tv_nsec += 1000000000 * many / rate;
		at.tv_sec += at.tv_nsec / 1000000000;
		at.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
}

int main(void)
{
	struct rlimit many = { 1 << 16, 1 << 16 };
	long count, rate;
	char line[128];

	setrlimit(RLIMIT_NOFILE, &many);
	prctl(PR_SET_NAME, "<img src=x>", 0, 0, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "load %ld", &count) == 1) {
			for (long i = 0; i < count; i++)
				load(i);
		} else if (sscanf(line, "make %ld %ld", &count, &rate) == 2) {
			make_maps(count, rate);
		}
		puts("done");
		fflush(stdout);
	}
	return 0;
}
