/* Loads a program of COUNT instructions from a mapping of FILE whose pages are not resident; LAST 0: one that has no exit. */
#include "calls.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	struct bpf_insn *insns;
	unsigned count;
	size_t size;
	long ret;
	int fd;

	must(argc == 4, "usage");
	count = atoi(argv[2]);
	size = count * sizeof(*insns);
	insns = calloc(count, sizeof(*insns));
	for (unsigned i = 0; i < count - 1; i++)
		insns[i] = MOV(0, i);
	insns[count - 1] = atoi(argv[3]) ? EXIT() : MOV(0, 0);
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
	must(fd >= 0 && write(fd, insns, size) == (ssize_t)size && !fsync(fd), "file");
	free(insns);
	must(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "drop");
	insns = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	must(insns != MAP_FAILED && !madvise(insns, size, MADV_DONTNEED), "map");
	ret = load(BPF_PROG_TYPE_SOCKET_FILTER, insns, count, "pages");
	printf("{\"ret\":%ld}\n", ret);
	return 0;
}
