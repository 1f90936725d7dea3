/* Calls that end badly: kill, exit, threads, seccomp. */
#include "calls.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define COUNT 1000000

static struct bpf_insn *insns;

/* Long enough in the verifier to be interrupted there: branches that it follows both ways. */
static void fill(void)
{
	insns = calloc(COUNT, sizeof(*insns));
	for (unsigned i = 0; i < COUNT - 1; i++)
		insns[i] = MOV(0, i);
	insns[COUNT - 1] = EXIT();
}

static void *load_long(void *unused)
{
	load(BPF_PROG_TYPE_SOCKET_FILTER, insns, COUNT, "long");
	return unused;
}

static void kill_inside(void)
{
	pid_t child = fork();

	if (!child) {
		load_long(NULL);
		pause();
	}
	usleep(30000);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	printf("{\"pid\":%d}\n", child);
}

static void leave_inside(void)
{
	pid_t child = fork();
	pthread_t thread;

	if (!child) {
		must(!pthread_create(&thread, NULL, load_long, NULL), "thread");
		usleep(30000);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	printf("{\"pid\":%d}\n", child);
}

static void leave_at_once(void)
{
	for (int i = 0; i < 50; i++) {
		pid_t child = fork();

		if (!child) {
			create_map(BPF_MAP_TYPE_ARRAY, 4, 4, i + 1, "brief");
			_exit(0);
		}
		printf("{\"pid\":%d}\n", child);
		waitpid(child, NULL, 0);
	}
}

static void refuse(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = 4, .filter = filter };

	must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
	must(!syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &prog), "seccomp");
	printf("{\"ret\":%ld", create_map(BPF_MAP_TYPE_HASH, 8, 16, 5, "refused"));
	print_hex("classic", filter, sizeof(filter));
	filter[2].k = SECCOMP_RET_ERRNO | ENOLCK;
	must(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), "prctl");
	print_hex("second", filter, sizeof(filter));
	printf("}\n");
}

int main(int argc, char **argv)
{
	must(argc == 2, "usage");
	setvbuf(stdout, NULL, _IONBF, 0);
	fill();
	if (!strcmp(argv[1], "kill"))
		kill_inside();
	else if (!strcmp(argv[1], "leave"))
		leave_inside();
	else if (!strcmp(argv[1], "brief"))
		leave_at_once();
	else
		refuse();
	return 0;
}
