// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * accept socket|seccomp LENGTH: reads classic filters of LENGTH instructions each on stdin and prints for each one "1" when the
 * kernel takes it as such a filter, "0" when it does not. Seccomp filters must allow all system calls that they end up judging.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int by_socket(struct sock_fprog *prog)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int taken = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, prog, sizeof(*prog)) == 0;

	close(fd);
	return taken;
}

static int by_seccomp(struct sock_fprog *prog)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, prog) != 0);
	}
	waitpid(pid, &status, 0);
	return status == 0 || WIFSIGNALED(status);
}

int main(int argc, char **argv)
{
	struct sock_filter insns[64];
	struct sock_fprog prog = { .filter = insns };

	if (argc != 3)
		return 1;
	prog.len = atoi(argv[2]);
	while (fread(insns, sizeof(insns[0]), prog.len, stdin) == prog.len)
		putchar('0' + (strcmp(argv[1], "socket") ? by_seccomp(&prog) : by_socket(&prog)));
	return 0;
}
