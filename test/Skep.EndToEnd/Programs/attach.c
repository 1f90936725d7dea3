/* Attaches that need no link: perf, sockets. */
#include "calls.h"
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void perf(const char *event)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .sample_period = 1 };
	long prog = load_returning(BPF_PROG_TYPE_TRACEPOINT, 0, "perf_prog");
	int fd, refused;

	attr.config = atoi(event);
	fd = syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	must(fd >= 0 && prog >= 0, "perf event and program");
	must(!ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog), "attach");
	refused = ioctl(fd, PERF_EVENT_IOC_SET_BPF, 1000) ? -errno : 0;
	printf("{\"prog\":%u,\"refused\":%d}\n", object_id(prog), refused);
}

static void sockets(void)
{
	struct sock_filter classic[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter pick[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(SKF_AD_OFF + SKF_AD_CPU)),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog prog = { .len = 4, .filter = classic }, cpu = { .len = 2, .filter = pick };
	struct sock_filter bad[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	struct sock_fprog wrong = { .len = 1, .filter = bad };
	int packet = socket(AF_UNIX, SOCK_DGRAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	int filter = load_returning(BPF_PROG_TYPE_SOCKET_FILTER, -1, "sock_filter");
	int reuse = load_returning(BPF_PROG_TYPE_SOCKET_FILTER, 0, "sock_reuse");
	int refused;

	must(filter >= 0 && reuse >= 0, "programs");
	must(!setsockopt(udp, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), "reuseport");
	must(!setsockopt(packet, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)), "filter");
	must(!setsockopt(packet, SOL_SOCKET, SO_DETACH_FILTER, &one, sizeof(one)), "detach");
	must(!setsockopt(packet, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter)), "bpf");
	must(!setsockopt(udp, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &cpu, sizeof(cpu)), "reuseport cbpf");
	must(!setsockopt(udp, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &reuse, sizeof(reuse)), "reuseport ebpf");
	must(!setsockopt(packet, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)), "lock");
	refused = setsockopt(udp, SOL_SOCKET, SO_ATTACH_FILTER, &wrong, sizeof(wrong)) ? -errno : 0;
	printf("{\"packet\":%d,\"udp\":%d,\"filter\":%u,\"reuse\":%u,\"refused\":%d", packet, udp, object_id(filter), object_id(reuse),
		refused);
	print_hex("classic", classic, sizeof(classic));
	print_hex("pick", pick, sizeof(pick));
	print_hex("wrong", bad, sizeof(bad));
	printf("}\n");
}

int main(int argc, char **argv)
{
	must(argc > 1, "usage");
	if (!strcmp(argv[1], "perf"))
		perf(argv[2]);
	else
		sockets();
	return 0;
}
