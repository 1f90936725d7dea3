// SPDX-License-Identifier: Apache-2.0
/* Sockets with every kind of code, and seccomp filters; prints a line of JSON and waits to be ended. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/seccomp.h>
#include <net/ethernet.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static struct sock_filter all[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
	BPF_STMT(BPF_RET | BPF_A, 0),
};
static struct sock_filter first[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
static struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
static struct sock_filter look[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
#define CODE(a) { .len = sizeof(a) / sizeof(*a), .filter = a }
static struct sock_fprog all_code = CODE(all), first_code = CODE(first), allow_code = CODE(allow), look_code = CODE(look);

static int must(const char *what, int result)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static int program(int type, int returned)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = returned },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = type, .insns = (__u64)code, .insn_cnt = 2, .license = (__u64)"GPL", .prog_name = "of_socket" };

	return must("load", syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int number(int fd)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = { .info = { .bpf_fd = fd, .info_len = sizeof(info), .info = (__u64)&info } };

	must("info", syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)));
	return info.id;
}

static int bound(int type, int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = must("socket", socket(AF_INET, type, 0)), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	must("bind", bind(fd, (void *)&any, sizeof(any)));
	return fd;
}

static int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	getsockname(fd, (void *)&address, &length);
	return ntohs(address.sin_port);
}

static void set(const char *what, int fd, int option, void *value, int size)
{
	must(what, setsockopt(fd, SOL_SOCKET, option, value, size));
}

static void *thread(void *unused)
{
	must("thread's seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &look_code));
	pause();
	return unused;
}

int main(void)
{
	int one = 1, ebpf = program(BPF_PROG_TYPE_SOCKET_FILTER, 1), select = program(BPF_PROG_TYPE_SK_REUSEPORT, 1),
		index = program(BPF_PROG_TYPE_SOCKET_FILTER, 0);
	int udp = bound(SOCK_DGRAM, 0), tcp = bound(SOCK_STREAM, 0), group = bound(SOCK_DGRAM, 0), selected = bound(SOCK_DGRAM, 0),
		indexed = bound(SOCK_DGRAM, 0);
	int pair[2], packet, named, name_length;
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	pthread_t other;

	set("classic", udp, SO_ATTACH_FILTER, &all_code, sizeof(all_code));
	set("lock", udp, SO_LOCK_FILTER, &one, sizeof(one));
	must("listen", listen(tcp, 1));
	set("ebpf", tcp, SO_ATTACH_BPF, &ebpf, sizeof(ebpf));
	set("reuseport classic", group, SO_ATTACH_REUSEPORT_CBPF, &first_code, sizeof(first_code));
	set("reuseport ebpf", selected, SO_ATTACH_REUSEPORT_EBPF, &select, sizeof(select));
	set("reuseport index", indexed, SO_ATTACH_REUSEPORT_EBPF, &index, sizeof(index));
	must("pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	set("unix", pair[0], SO_ATTACH_FILTER, &all_code, sizeof(all_code));
	named = must("named", socket(AF_UNIX, SOCK_DGRAM, 0));
	name_length = snprintf(path.sun_path + 1, sizeof(path.sun_path) - 1, "skep socket test %d", getpid());
	must("bind named", bind(named, (void *)&path, offsetof(struct sockaddr_un, sun_path) + 1 + name_length));
	set("named", named, SO_ATTACH_FILTER, &all_code, sizeof(all_code));
	packet = must("packet", socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)));
	set("packet", packet, SO_ATTACH_FILTER, &all_code, sizeof(all_code));

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	must("seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &allow_code));
	int child = must("fork", fork());
	if (!child) {
		prctl(PR_SET_PDEATHSIG, 9);
		must("child's seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &look_code));
		pause();
	}
	pthread_create(&other, 0, thread, 0);
	usleep(200000);
	printf("{\"udp\":%d,\"udp_fd\":%d,\"tcp\":%d,\"group\":%d,\"selected\":%d,\"ebpf\":%d,"
	       "\"select\":%d,\"index\":%d,\"packet_fd\":%d,\"child\":%d}\n",
	       port_of(udp), udp,
	       port_of(tcp), port_of(group), port_of(selected), number(ebpf), number(select), number(index), packet, child);
	fflush(stdout);
	close(ebpf);
	close(select);
	close(index);
	pause();
}
