/*
 * One map_create by a process with a command line of a kind, and what /proc/self/cmdline shows of it before. Kinds: as (the
 * arguments as they are), none (executed without any), many N, rewrite (an argument replaced), title (overwritten to beyond
 * its end, as setproctitle(3) does), absent (moved to where no memory is yet), twice (rewritten between two calls).
 */
#include "calls.h"
#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

extern char **environ;

static char line[1 << 20];

static void report(void)
{
	int fd = open("/proc/self/cmdline", O_RDONLY);
	ssize_t length = 0, more;

	must(fd >= 0, "cmdline");
	while ((more = read(fd, line + length, sizeof(line) - length)) > 0)
		length += more;
	close(fd);
	printf("{\"length\":%zd", length);
	print_hex("cmdline", line, length > 4096 ? 4096 : length);
	printf(",\"ret\":%ld}\n", create_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, "argv"));
}

static void execute_many(char **argv, int count)
{
	char **many = calloc(count + 3, sizeof(char *));

	many[0] = argv[0];
	many[1] = "as";
	for (int i = 0; i < count; i++)
		must(asprintf(&many[i + 2], "argument %d", i) > 0, "memory");
	execve("/proc/self/exe", many, environ);
	must(0, "exec");
}

/* Fills what the arguments take, and a part of what the environment behind them does. */
static void set_title(char **argv, int argc)
{
	char *end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;

	must(end == environ[0] && strlen(environ[0]) > 4, "an environment behind the arguments");
	memset(argv[0], 't', end + 3 - argv[0]);
	end[3] = 0;
}

/* PR_SET_MM_MAP takes all places at once; those that stay are read from /proc/self/stat. */
static void move_away(void)
{
	unsigned long field[53] = {}, place;
	struct prctl_mm_map map = { .exe_fd = -1 };
	int fd = memfd_create("arguments", 0), n = 3, page = getpagesize();
	FILE *stat = fopen("/proc/self/stat", "r");
	char *text = line;

	must(stat && fgets(line, sizeof(line), stat) && (text = strrchr(line, ')')), "stat");
	strtok(text, " ");
	for (char *word = strtok(NULL, " "); word && n < 53; word = strtok(NULL, " "))
		field[n++] = strtoul(word, NULL, 10);
	must(pwrite(fd, "moved\0away", 11, 0) == 11 && !ftruncate(fd, page), "memfd");
	place = (unsigned long)mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	map.start_code = field[26];
	map.end_code = field[27];
	map.start_stack = field[28];
	map.start_data = field[45];
	map.end_data = field[46];
	map.start_brk = field[47];
	map.brk = (unsigned long)sbrk(0);
	map.env_start = field[50];
	map.env_end = field[51];
	map.arg_start = place;
	map.arg_end = place + 11;
	must(!prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0), "PR_SET_MM_MAP");
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "as";

	if (!strcmp(kind, "none")) {
		execve("/proc/self/exe", (char *[]){ NULL }, environ);
		must(0, "exec");
	}
	if (!strcmp(kind, "many"))
		execute_many(argv, atoi(argv[2]));
	if (!strcmp(kind, "rewrite"))
		memset(argv[2], 'x', strlen(argv[2]));
	if (!strcmp(kind, "title"))
		set_title(argv, argc);
	if (!strcmp(kind, "absent")) {
		printf("{\"ret\":%ld}\n", (move_away(), create_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, "argv")));
		return 0;
	}
	report();
	if (!strcmp(kind, "twice")) {
		memset(argv[1], 'y', strlen(argv[1]));
		report();
	}
	return 0;
}
