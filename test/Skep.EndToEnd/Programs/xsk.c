// Takes packets by an AF_XDP socket: xsk DEVICE QUEUE PINNED_MAP COUNT
// Puts its socket into the pinned map of a filter that says "redirect xsk", prints "ready", and then each packet as hexadecimal text.
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FRAMES 64
#define FRAME 2048
#define CHECK(what, ok) do { if (!(ok)) { perror(what); exit(1); } } while (0)

static void *ring(int fd, size_t size, off_t offset)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);

	CHECK("mmap", at != MAP_FAILED);
	return at;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	int fd = socket(AF_XDP, SOCK_RAW, 0), size = FRAMES;
	CHECK("socket", fd >= 0);
	char *frames = mmap(NULL, FRAMES * FRAME, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK("mmap", frames != MAP_FAILED);
	struct xdp_umem_reg area = { .addr = (uintptr_t)frames, .len = FRAMES * FRAME, .chunk_size = FRAME };
	CHECK("XDP_UMEM_REG", !setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &area, sizeof(area)));
	CHECK("XDP_UMEM_FILL_RING", !setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &size, sizeof(size)));
	CHECK("XDP_UMEM_COMPLETION_RING", !setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &size, sizeof(size)));
	CHECK("XDP_RX_RING", !setsockopt(fd, SOL_XDP, XDP_RX_RING, &size, sizeof(size)));

	struct xdp_mmap_offsets at;
	socklen_t length = sizeof(at);
	CHECK("XDP_MMAP_OFFSETS", !getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length));
	char *fill = ring(fd, at.fr.desc + FRAMES * sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING);
	char *rx = ring(fd, at.rx.desc + FRAMES * sizeof(struct xdp_desc), XDP_PGOFF_RX_RING);
	for (int i = 0; i < FRAMES; i++)
		((uint64_t *)(fill + at.fr.desc))[i] = (uint64_t)i * FRAME;
	__atomic_store_n((uint32_t *)(fill + at.fr.producer), FRAMES, __ATOMIC_RELEASE);

	struct sockaddr_xdp place = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY, .sxdp_ifindex = if_nametoindex(argv[1]), .sxdp_queue_id = atoi(argv[2]),
	};
	CHECK("bind", !bind(fd, (struct sockaddr *)&place, sizeof(place)));

	union bpf_attr get = { .pathname = (uintptr_t)argv[3] };
	int map = syscall(SYS_bpf, BPF_OBJ_GET, &get, sizeof(get));
	CHECK("BPF_OBJ_GET", map >= 0);
	uint32_t key = place.sxdp_queue_id, value = fd;
	union bpf_attr put = { .map_fd = map, .key = (uintptr_t)&key, .value = (uintptr_t)&value };
	CHECK("BPF_MAP_UPDATE_ELEM", !syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &put, sizeof(put)));
	close(map);
	puts("ready");
	fflush(stdout);

	uint32_t taken = 0;
	for (uint32_t count = atoi(argv[4]); taken < count;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		if (poll(&wait, 1, 10000) <= 0)
			return 1;
		for (; taken < __atomic_load_n((uint32_t *)(rx + at.rx.producer), __ATOMIC_ACQUIRE); taken++) {
			struct xdp_desc *packet = (struct xdp_desc *)(rx + at.rx.desc) + taken % FRAMES;
			for (uint32_t i = 0; i < packet->len; i++)
				printf("%02x", (unsigned char)frames[packet->addr + i]);
			putchar('\n');
			fflush(stdout);
		}
		__atomic_store_n((uint32_t *)(rx + at.rx.consumer), taken, __ATOMIC_RELEASE);
	}
	return 0;
}
