// SPDX-License-Identifier: Apache-2.0
// Runs a command, and adds the microseconds that it takes and its most memory in KB to a file: spend FILE COMMAND ARG...
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec before, after;
	struct rusage used;
	int status;
	pid_t child;
	FILE *file;

	if (argc < 3) {
		fprintf(stderr, "usage: spend FILE COMMAND ARG...\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &before);
	child = vfork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) != child) {
		perror("spend");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	file = fopen(argv[1], "a");
	if (!file) {
		perror(argv[1]);
		return 1;
	}
	fprintf(file, "%ld %ld\n", (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000, used.ru_maxrss);
	return fclose(file) == 0 ? 0 : 1;
}
