/* One map_create by a process of a kind: plain, setuid, unlink, memfd, thread, wait; says who it is, from /proc. */
#include "calls.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <fcntl.h>

extern char **environ;

static void line(const char *name, const char *path)
{
	char text[8192] = {};
	int fd = open(path, O_RDONLY);

	must(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0, path);
	close(fd);
	print_hex(name, text, strlen(text));
}

static void *call(void *unused)
{
	char exe[4096] = {}, ns[64] = {};
	long ret;

	must(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0 && readlink("/proc/self/ns/net", ns, sizeof(ns) - 1) > 0, "proc");
	printf("{\"pid\":%d,\"tid\":%ld,\"ppid\":%d,\"uid\":%d,\"netns\":\"%s\"", getpid(), syscall(__NR_gettid), getppid(), getuid(), ns);
	print_hex("exe", exe, strlen(exe));
	line("comm", "/proc/thread-self/comm");
	line("cgroup", "/proc/self/cgroup");
	ret = create_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, "identity");
	printf(",\"ret\":%ld}\n", ret);
	return unused;
}

static void *call_named(void *unused)
{
	must(!pthread_setname_np(pthread_self(), "other name"), "name");
	return call(unused);
}

static void again_from_memory(char **argv)
{
	int from = open("/proc/self/exe", O_RDONLY), to = memfd_create("in memory", MFD_CLOEXEC);

	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	argv[1] = "plain";
	fexecve(to, argv, environ);
	must(0, "exec");
}

int main(int argc, char **argv)
{
	pthread_t thread;

	must(argc == 2, "usage");
	if (!strcmp(argv[1], "memfd"))
		again_from_memory(argv);
	if (!strcmp(argv[1], "setuid"))
		must(!setuid(65534), "setuid");
	if (!strcmp(argv[1], "unlink"))
		must(!unlink(argv[0]), "unlink");
	if (!strcmp(argv[1], "wait"))
		getchar();
	if (strcmp(argv[1], "thread")) {
		call(NULL);
		return 0;
	}
	must(!pthread_create(&thread, NULL, call_named, NULL), "thread");
	pthread_join(thread, NULL);
	return 0;
}
