// SPDX-License-Identifier: Apache-2.0
/* Sends frames of some kinds from a device: traffic DEVICE MAC COUNT SECONDS. COUNT of each kind go to MAC, spread over the seconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct kind {
	int protocol;
	int port;
} kinds[] = {
	{ IPPROTO_TCP, 22 }, { IPPROTO_TCP, 80 }, { IPPROTO_UDP, 53 }, { IPPROTO_UDP, 7 }, { IPPROTO_UDP, 6000 }, { IPPROTO_ICMP, 0 },
};

#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))
#define FRAME 98

static unsigned short checksum(const void *bytes, int length, unsigned int sum)
{
	const unsigned short *words = bytes;

	for (; length > 1; length -= 2)
		sum += *words++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void make(unsigned char *frame, const unsigned char *from, const unsigned char *to, const struct kind *kind)
{
	struct ethhdr *ether = (void *)frame;
	struct iphdr *ip = (void *)(ether + 1);
	int length = FRAME - sizeof(*ether), payload = length - sizeof(*ip);
	/* the pseudo header's protocol and length; its addresses are added below */
	unsigned int pseudo = htons(kind->protocol) + htons(payload);

	memset(frame, 0, FRAME);
	memcpy(ether->h_dest, to, ETH_ALEN);
	memcpy(ether->h_source, from, ETH_ALEN);
	ether->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(length);
	ip->ttl = 64;
	ip->protocol = kind->protocol;
	ip->saddr = inet_addr("10.99.0.2");
	ip->daddr = inet_addr("10.99.0.1");
	ip->check = checksum(ip, sizeof(*ip), 0);
	pseudo += (ip->saddr & 0xffff) + (ip->saddr >> 16) + (ip->daddr & 0xffff) + (ip->daddr >> 16);

	if (kind->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = (void *)(ip + 1);

		tcp->source = htons(40000);
		tcp->dest = htons(kind->port);
		tcp->doff = 5;
		tcp->syn = 1;
		tcp->check = checksum(tcp, payload, pseudo);
	} else if (kind->protocol == IPPROTO_UDP) {
		struct udphdr *udp = (void *)(ip + 1);

		udp->source = htons(40000);
		udp->dest = htons(kind->port);
		udp->len = htons(payload);
		udp->check = checksum(udp, payload, pseudo);
	} else {
		struct icmphdr *icmp = (void *)(ip + 1);

		icmp->type = ICMP_ECHO;
		icmp->checksum = checksum(icmp, payload, 0);
	}
}

int main(int argc, char **argv)
{
	unsigned char frames[KINDS][FRAME], to[ETH_ALEN];
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
	struct ifreq request = {};
	long count, i, pause;
	int fd, kind;

	if (argc != 5 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", to, to + 1, to + 2, to + 3, to + 4, to + 5) != ETH_ALEN) {
		fprintf(stderr, "usage: %s DEVICE MAC COUNT SECONDS\n", argv[0]);
		return 2;
	}
	count = atol(argv[3]);
	pause = count > 0 ? (long)(atof(argv[4]) * 1e9 / count) : 0;
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", argv[1]);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request)) {
		fprintf(stderr, "opening %s to send: %s\n", argv[1], strerror(errno));
		return 1;
	}
	address.sll_ifindex = if_nametoindex(argv[1]);
	for (kind = 0; kind < KINDS; kind++)
		make(frames[kind], (unsigned char *)request.ifr_hwaddr.sa_data, to, &kinds[kind]);
	for (i = 0; i < count; i++) {
		struct timespec rest = { pause / 1000000000, pause % 1000000000 };

		for (kind = 0; kind < KINDS; kind++) {
			while (sendto(fd, frames[kind], FRAME, 0, (void *)&address, sizeof(address)) < 0) {
				if (errno != ENOBUFS) {
					fprintf(stderr, "sending from %s: %s\n", argv[1], strerror(errno));
					return 1;
				}
				usleep(100);
			}
		}
		nanosleep(&rest, NULL);
	}
	printf("sent %ld frames of each of %d kinds\n", count, KINDS);
	return 0;
}
