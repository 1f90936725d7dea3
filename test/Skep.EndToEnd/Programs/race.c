/* Loads one buffer TRIES times, while another thread rewrites an instruction of it. */
#include "calls.h"
#include <pthread.h>

#define COUNT 2000

static struct bpf_insn insns[COUNT];
static volatile int over;

static void *rewrite(void *unused)
{
	for (int i = 0; !over; i++)
		*(volatile int *)&insns[COUNT - 2].imm = i;
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int tries;

	must(argc == 2, "usage");
	tries = atoi(argv[1]);
	for (int i = 0; i < COUNT - 1; i++)
		insns[i] = MOV(0, i);
	insns[COUNT - 1] = EXIT();
	must(!pthread_create(&thread, NULL, rewrite, NULL), "thread");
	for (int i = 0; i < tries; i++) {
		long fd = load(BPF_PROG_TYPE_SOCKET_FILTER, insns, COUNT, "race");

		must(fd >= 0, "load");
		close(fd);
	}
	over = 1;
	pthread_join(thread, NULL);
	printf("{\"made\":%d}\n", tries);
	return 0;
}
