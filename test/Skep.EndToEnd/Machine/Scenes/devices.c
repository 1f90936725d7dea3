// SPDX-License-Identifier: Apache-2.0
/* Programs of tun devices, of packet sockets and of KCM sockets. What the kernel lacks is said and left out. */
#include "calls.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/kcm.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int load(const char *name)
{
	const struct bpf_insn zero[] = { MOV64_IMM(BPF_REG_0, 0), EXIT() };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (uintptr_t)zero, .insn_cnt = 2,
		.license = (uintptr_t)"GPL" };

	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	return syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void tun(void)
{
	struct ifreq device = { .ifr_name = "tap_scene", .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE };
	int file = open("/dev/net/tun", O_RDWR), program = load("of_tun"), none = -1;

	if (file < 0 || ioctl(file, TUNSETIFF, &device)) {
		printf("tun refused: %s\n", strerror(errno));
		return;
	}
	if (ioctl(file, TUNSETFILTEREBPF, &program) || ioctl(file, TUNSETSTEERINGEBPF, &program) || ioctl(file, TUNSETFILTEREBPF, &none))
		fail("tun");
	printf("tun attached\n");
}

static int fanout(int id, int type)
{
	int packet = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)), group = id | type << 16;

	if (packet < 0 || setsockopt(packet, SOL_PACKET, PACKET_FANOUT, &group, sizeof(group)))
		fail("PACKET_FANOUT");
	return packet;
}

static void packet(void)
{
	struct sock_filter pass[] = { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_RET | BPF_A, 0) };
	struct sock_fprog code = { 2, pass };
	int program = load("of_fanout");

	if (setsockopt(fanout(1, PACKET_FANOUT_EBPF), SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) ||
	    setsockopt(fanout(2, PACKET_FANOUT_CBPF), SOL_PACKET, PACKET_FANOUT_DATA, &code, sizeof(code)))
		fail("PACKET_FANOUT_DATA");
	printf("packet attached\n");
}

static void kcm(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), kcm = socket(AF_KCM, SOCK_DGRAM, 0);
	struct kcm_attach attach = { client, load("of_kcm") };

	if (kcm < 0) {
		printf("kcm refused: %s\n", strerror(errno));
		return;
	}
	if (bind(listener, (void *)&here, length) || listen(listener, 1) || getsockname(listener, (void *)&here, &length) ||
	    connect(client, (void *)&here, length) || ioctl(kcm, SIOCKCMATTACH, &attach))
		fail("kcm");
	printf("kcm attached\n");
}

int main(void)
{
	tun();
	packet();
	kcm();
	return 0;
}
