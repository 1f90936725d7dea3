/* THREADS threads load COUNT programs each, every one different. */
#include "calls.h"
#include <pthread.h>

static int count;

static void *run(void *first)
{
	for (int i = 0; i < count; i++) {
		long fd = load_returning(BPF_PROG_TYPE_SOCKET_FILTER, (int)(intptr_t)first + i, "storm");

		must(fd >= 0, "load");
		close(fd);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[16];
	int n;

	must(argc == 3, "usage");
	n = atoi(argv[1]);
	count = atoi(argv[2]);
	for (int i = 0; i < n; i++)
		must(!pthread_create(&threads[i], NULL, run, (void *)(intptr_t)(i * count)), "thread");
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	printf("{\"made\":%d}\n", n * count);
	return 0;
}
