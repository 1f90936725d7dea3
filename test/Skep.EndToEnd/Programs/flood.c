/* As uid UID, THREADS threads load programs of 4096 instructions, in vain or not, until standard input ends. */
#include "calls.h"
#include <grp.h>
#include <pthread.h>
#include <stdatomic.h>

static struct bpf_insn insns[4096];
static atomic_ulong made;
static atomic_int stop;

static void *run(void *unused)
{
	(void)unused;
	while (!stop) {
		long fd = load_logged(BPF_PROG_TYPE_SOCKET_FILTER, insns, 4096, "flood", 0, NULL, 0);

		if (fd >= 0)
			close(fd);
		made++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[16];
	char byte;
	int n;

	must(argc == 3, "usage");
	n = atoi(argv[2]);
	must(!setgroups(0, NULL) && !setresgid(65534, 65534, 65534) && !setresuid(atoi(argv[1]), atoi(argv[1]), atoi(argv[1])), "setuid");
	for (int i = 0; i < 4095; i++)
		insns[i] = MOV(BPF_REG_0, 0);
	insns[4095] = EXIT();
	for (int i = 0; i < n; i++)
		must(!pthread_create(&threads[i], NULL, run, NULL), "thread");
	printf("flooding\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	stop = 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	printf("{\"made\":%lu}\n", (unsigned long)made);
	return 0;
}
