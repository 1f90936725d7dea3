// SPDX-License-Identifier: Apache-2.0
// How long datagrams take to an echo and back. `pingpong echo PORT` answers all that come; `pingpong ask ADDRESS PORT COUNT`
// prints the median and the 99th percentile in nanoseconds, and fails when one is not answered within five seconds.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *one, const void *other)
{
	long a = *(const long *)one, b = *(const long *)other;

	return (a > b) - (a < b);
}

static int echo(int sock, const struct sockaddr_in *address)
{
	char data[64];
	ssize_t length;
	struct sockaddr_in from;
	socklen_t size = sizeof(from);

	if (bind(sock, (const struct sockaddr *)address, sizeof(*address)) != 0) {
		perror("bind");
		return 1;
	}
	while ((length = recvfrom(sock, data, sizeof(data), 0, (struct sockaddr *)&from, &size)) >= 0) {
		if (sendto(sock, data, (size_t)length, 0, (struct sockaddr *)&from, size) != length)
			perror("sendto");
		size = sizeof(from);
	}
	perror("recvfrom");
	return 1;
}

static int ask(int sock, const struct sockaddr_in *address, long count)
{
	struct timeval patience = { .tv_sec = 5 };
	struct timespec before, after;
	long *times = calloc((size_t)count, sizeof(*times));
	long answer;

	if (!times || setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
	    connect(sock, (const struct sockaddr *)address, sizeof(*address)) != 0) {
		perror("ask");
		free(times);
		return 1;
	}
	for (long i = 0; i < count; i++) {
		clock_gettime(CLOCK_MONOTONIC, &before);
		if (send(sock, &i, sizeof(i), 0) != sizeof(i) || recv(sock, &answer, sizeof(answer), 0) != sizeof(answer) || answer != i) {
			fprintf(stderr, "datagram %ld: no answer\n", i);
			free(times);
			return 1;
		}
		clock_gettime(CLOCK_MONOTONIC, &after);
		times[i] = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
	}
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("%ld %ld\n", times[count / 2], times[count * 99 / 100]);
	free(times);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	if (sock < 0) {
		perror("socket");
		return 1;
	}
	if (argc == 3 && strcmp(argv[1], "echo") == 0) {
		address.sin_port = htons((unsigned short)atoi(argv[2]));
		return echo(sock, &address);
	}
	if (argc == 5 && strcmp(argv[1], "ask") == 0 && inet_pton(AF_INET, argv[2], &address.sin_addr) == 1 && atol(argv[4]) > 0) {
		address.sin_port = htons((unsigned short)atoi(argv[3]));
		return ask(sock, &address, atol(argv[4]));
	}
	fprintf(stderr, "usage: pingpong echo PORT | pingpong ask ADDRESS PORT COUNT\n");
	return 2;
}
