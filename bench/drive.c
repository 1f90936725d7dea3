// SPDX-License-Identifier: Apache-2.0
/*
 * What a process pays for: times system calls and prints nanoseconds a call. drive getppid|setsockopt|update|load N, or drive storm N
 * THREADS.
 */
#include <linux/bpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int load(void)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (__u64)code,
		.insn_cnt = 2,
		.license = (__u64)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static void *loads(void *count)
{
	long failed = 0;

	for (long i = 0; i < (long)count; i++) {
		int fd = load();

		failed += fd < 0;
		close(fd);
	}
	return (void *)failed;
}

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 0;
	double start;

	if (n < 1) {
		fprintf(stderr, "usage: drive getppid|setsockopt|update|load N | storm N THREADS\n");
		return 2;
	}
	start = now();
	if (!strcmp(argv[1], "getppid")) {
		for (long i = 0; i < n; i++)
			syscall(SYS_getppid);
	} else if (!strcmp(argv[1], "setsockopt")) {
		int udp = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

		start = now();
		for (long i = 0; i < n; i++)
			setsockopt(udp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	} else if (!strcmp(argv[1], "update")) {
		union bpf_attr create = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1 };
		int key = 0;
		long value = 0;
		union bpf_attr update = { .map_fd = bpf(BPF_MAP_CREATE, &create), .key = (__u64)&key, .value = (__u64)&value };

		start = now();
		for (long i = 0; i < n; i++)
			bpf(BPF_MAP_UPDATE_ELEM, &update);
	} else if (!strcmp(argv[1], "load")) {
		loads((void *)n);
	} else if (!strcmp(argv[1], "storm")) {
		int threads = argc > 3 ? atoi(argv[3]) : 2;
		pthread_t ids[64];
		void *failed;

		for (int i = 0; i < threads; i++)
			pthread_create(&ids[i], NULL, loads, (void *)(n / threads));
		for (int i = 0; i < threads; i++)
			pthread_join(ids[i], &failed);
	}
	printf("%.1f\n", (now() - start) / n);
	return 0;
}
