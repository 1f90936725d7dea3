// SPDX-License-Identifier: Apache-2.0
/*
 * Frames of the redirect study.
 *   frames send DEVICE MAC SOURCE DESTINATION CASE COUNT [OPTION...]  COUNT UDP frames to port 2000+CASE, with CASE as their IP id
 *       size N (the frame), ttl N, vlan N (a tag), partial (the checksum is left to the device), gap N (microseconds between frames)
 *   frames blast DEVICE MAC SOURCE DESTINATION CASE SECONDS           as many as the device takes; prints how many it took, and the seconds
 *   frames ping DEVICE MAC SOURCE DESTINATION COUNT                   echo requests, one at a time; prints "received min median p90" (us)
 *   frames listen FIRST LAST                                          until SIGTERM; prints what UDP delivered to these and port 7:
 *                                                                     "arrived", "udp", the case, how many
 *   frames hold tun|tap NAME                                          keeps the device up; prints each frame that leaves by it, in hex
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LARGEST 9000
#define CHECK(what, ok) do { if (!(ok)) { perror(what); exit(1); } } while (0)

struct wanted {
	int size, ttl, vlan, partial, gap, protocol, id;
	in_addr_t from, to;
	unsigned char destination[ETH_ALEN], source[ETH_ALEN];
};

static unsigned short sum(const void *bytes, int length, unsigned int start)
{
	const unsigned char *byte = bytes;

	for (int i = 0; i < length; i++)
		start += i % 2 ? byte[i] : byte[i] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return htons(start);
}

/* The frame behind a virtio header; the length of both. */
static int make(unsigned char *at, const struct wanted *wanted)
{
	struct virtio_net_hdr *offload = (void *)at;
	unsigned char *frame = at + sizeof(*offload), *next = frame + ETH_HLEN;
	int length = wanted->size - ETH_HLEN - (wanted->vlan ? 4 : 0), payload = length - sizeof(struct iphdr);
	unsigned int pseudo = wanted->protocol + payload;

	memset(at, 0, sizeof(*offload) + LARGEST);
	memcpy(frame, wanted->destination, ETH_ALEN);
	memcpy(frame + ETH_ALEN, wanted->source, ETH_ALEN);
	if (wanted->vlan) {
		memcpy(next - 2, (unsigned char[]){ 0x81, 0, wanted->vlan >> 8, wanted->vlan }, 4);
		next += 4;
	}
	memcpy(next - 2, (unsigned char[]){ 0x08, 0 }, 2);

	struct iphdr *ip = (void *)next;
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(length);
	ip->id = htons(wanted->id);
	ip->ttl = wanted->ttl;
	ip->protocol = wanted->protocol;
	ip->saddr = wanted->from;
	ip->daddr = wanted->to;
	ip->check = ~sum(ip, sizeof(*ip), 0);
	pseudo = ntohs(sum(&ip->saddr, 8, pseudo));
	if (wanted->protocol == IPPROTO_ICMP) {
		struct icmphdr *icmp = (void *)(ip + 1);

		icmp->type = ICMP_ECHO;
		icmp->un.echo.sequence = htons(wanted->id);
		icmp->checksum = ~sum(icmp, payload, 0);
		return sizeof(*offload) + wanted->size;
	}
	struct udphdr *udp = (void *)(ip + 1);
	udp->source = htons(4000);
	udp->dest = htons(2000 + wanted->id);
	udp->len = htons(payload);
	memcpy(udp + 1, &ip->id, 2);
	if (wanted->partial) {
		offload->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		offload->csum_start = (unsigned char *)udp - frame;
		offload->csum_offset = offsetof(struct udphdr, check);
		udp->check = htons(pseudo);
	} else {
		udp->check = ~sum(udp, payload, pseudo);
	}
	return sizeof(*offload) + wanted->size;
}

static int open_device(const char *name, struct wanted *wanted)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = if_nametoindex(name) };
	struct ifreq request = {};
	int on = 1, fd = socket(AF_PACKET, SOCK_RAW, wanted->protocol == IPPROTO_ICMP ? htons(ETH_P_IP) : 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	CHECK(name, fd >= 0 && address.sll_ifindex && !ioctl(fd, SIOCGIFHWADDR, &request));
	memcpy(wanted->source, request.ifr_hwaddr.sa_data, ETH_ALEN);
	if (wanted->protocol != IPPROTO_ICMP)
		address.sll_protocol = 0;
	CHECK("PACKET_VNET_HDR", !setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)));
	CHECK("bind", !bind(fd, (void *)&address, sizeof(address)));
	return fd;
}

static void put(int fd, const unsigned char *frame, int length)
{
	while (write(fd, frame, length) < 0) {
		CHECK("write", errno == ENOBUFS || errno == EAGAIN);
		usleep(50);
	}
}

static double read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static double now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* By processor time: the machine may have other work. */
static void blast(int fd, const unsigned char *frame, int length, double seconds)
{
	long sent = 0;

	for (double end = now() + 4 * seconds * 1e6; now() < end && read_clock(CLOCK_PROCESS_CPUTIME_ID) < seconds * 1e6;)
		for (int i = 0; i < 32; i++, sent++)
			put(fd, frame, length);
	printf("%ld %.3f\n", sent, read_clock(CLOCK_PROCESS_CPUTIME_ID) / 1e6);
}

static int compare(const void *one, const void *other)
{
	double difference = *(const double *)one - *(const double *)other;

	return difference < 0 ? -1 : difference > 0;
}

static void ping(int fd, struct wanted *wanted, int count)
{
	unsigned char frame[sizeof(struct virtio_net_hdr) + LARGEST], answer[LARGEST];
	const int ip = sizeof(struct virtio_net_hdr) + ETH_HLEN, icmp = ip + sizeof(struct iphdr);
	struct timeval second = { .tv_sec = 1 };
	double *times = calloc(count, sizeof(*times));
	int received = 0;

	CHECK("SO_RCVTIMEO", times && !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)));
	for (wanted->id = 1; wanted->id <= count; wanted->id++) {
		double start = now();

		put(fd, frame, make(frame, wanted));
		for (ssize_t length; (length = read(fd, answer, sizeof(answer))) > 0 && now() < start + 1e6;) {
			if (length < icmp + 8 || answer[ip + 9] != IPPROTO_ICMP || answer[icmp] != ICMP_ECHOREPLY ||
			    (answer[icmp + 6] << 8 | answer[icmp + 7]) != wanted->id)
				continue;
			times[received++] = now() - start;
			break;
		}
		if (!received && wanted->id == 5)
			break;
	}
	qsort(times, received, sizeof(*times), compare);
	printf("%d", received);
	if (received)
		printf(" %.0f %.0f %.0f", times[0], times[received / 2], times[received * 9 / 10]);
	putchar('\n');
	free(times);
}

static void hold(const char *kind, const char *name)
{
	struct ifreq request = { .ifr_flags = (strcmp(kind, "tun") ? IFF_TAP : IFF_TUN) | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);
	unsigned char frame[LARGEST];

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	CHECK("/dev/net/tun", fd >= 0 && !ioctl(fd, TUNSETIFF, &request));
	for (ssize_t length; (length = read(fd, frame, sizeof(frame))) > 0 || errno == EIO;) {
		for (ssize_t i = 0; i < length; i++)
			printf("%02x", frame[i]);
		if (length > 0)
			putchar('\n');
		else
			usleep(10000);
		fflush(stdout);
	}
}

static volatile sig_atomic_t ended;

static void end(int signal)
{
	ended = signal;
}

static void listen_to(int first, int last)
{
	struct sigaction action = { .sa_handler = end };
	int count = last - first + 2;
	struct pollfd *sockets = calloc(count, sizeof(*sockets));
	unsigned int delivered[65536] = {};
	unsigned char data[LARGEST];

	sigaction(SIGTERM, &action, NULL);
	for (int i = 0; i < count; i++) {
		struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(i == count - 1 ? 7 : first + i) };

		sockets[i] = (struct pollfd){ .fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), .events = POLLIN };
		CHECK("bind", sockets[i].fd >= 0 && !bind(sockets[i].fd, (void *)&address, sizeof(address)));
	}
	while (!ended && poll(sockets, count, 1000) >= 0)
		for (int i = 0; i < count; i++)
			while (recv(sockets[i].fd, data, sizeof(data), 0) >= 2)
				delivered[data[0] << 8 | data[1]]++;
	for (int id = 0; id < 65536; id++)
		if (delivered[id])
			printf("arrived\tudp\t%d\t%u\t.\n", id, delivered[id]);
	free(sockets);
}

int main(int argc, char **argv)
{
	unsigned char frame[sizeof(struct virtio_net_hdr) + LARGEST];
	struct wanted wanted = { .size = 100, .ttl = 64, .protocol = IPPROTO_UDP };
	int ping_wanted = argc == 7 && !strcmp(argv[1], "ping"), fd;

	if (argc == 4 && !strcmp(argv[1], "hold")) {
		hold(argv[2], argv[3]);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "listen")) {
		listen_to(atoi(argv[2]), atoi(argv[3]));
		return 0;
	}
	if (!ping_wanted && argc < 8) {
		fprintf(stderr, "usage: frames send|blast DEVICE MAC SOURCE DESTINATION CASE COUNT|SECONDS [OPTION N...]\n");
		return 2;
	}
	for (int i = 0; i < ETH_ALEN; i++)
		wanted.destination[i] = strtol(argv[3] + 3 * i, NULL, 16);
	wanted.from = inet_addr(argv[4]);
	wanted.to = inet_addr(argv[5]);
	wanted.protocol = ping_wanted ? IPPROTO_ICMP : IPPROTO_UDP;
	wanted.id = atoi(argv[6]);
	for (int i = 8; i + 1 < argc; i += 2) {
		int value = atoi(argv[i + 1]);

		if (!strcmp(argv[i], "size"))
			wanted.size = value;
		else if (!strcmp(argv[i], "ttl"))
			wanted.ttl = value;
		else if (!strcmp(argv[i], "vlan"))
			wanted.vlan = value;
		else if (!strcmp(argv[i], "partial"))
			wanted.partial = value;
		else if (!strcmp(argv[i], "gap"))
			wanted.gap = value;
	}
	fd = open_device(argv[2], &wanted);
	if (ping_wanted) {
		ping(fd, &wanted, atoi(argv[6]));
		return 0;
	}
	int length = make(frame, &wanted);
	if (!strcmp(argv[1], "blast")) {
		blast(fd, frame, length, atof(argv[7]));
		return 0;
	}
	for (int i = atoi(argv[7]); i > 0; i--) {
		put(fd, frame, length);
		usleep(wanted.gap);
	}
	return 0;
}
