// SPDX-License-Identifier: Apache-2.0
/*
 * What is seen at the functions of the kernel and not at its system calls: beyond SCENE..., where SCENE is light, netlink, uring, race or
 * storm=LOADS. A scene that the kernel refuses is said and left out.
 */
#define _GNU_SOURCE
#include "calls.h"
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define LOOPBACK 1
#define RACES 300	/* loads, at least */
#define RACED 20	/* loads during which the buffer was rewritten */
#define MOST_RACES 30000

/* Of kernels that are younger than the headers. */
#define URING_CMD 46
#define SOCKET_SETSOCKOPT 3

#define LD_MAP_VALUE(dst, fd, at) \
	{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = dst, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = fd }, { .imm = at }
#define STORE(dst, src, at) { .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = dst, .src_reg = src, .off = at }
#define CALL(n)	{ .code = BPF_JMP | BPF_CALL, .imm = n }

static const struct bpf_insn zero[] = { MOV64_IMM(BPF_REG_0, 0), EXIT() };

static __u64 pointer(const void *p)
{
	return (uintptr_t)p;
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int load(const char *name, __u32 type, const struct bpf_insn *code, __u32 count, __u32 flags)
{
	union bpf_attr attr = { .prog_type = type, .insns = pointer(code), .insn_cnt = count, .license = pointer("GPL"),
		.prog_flags = flags };

	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	return bpf(BPF_PROG_LOAD, &attr);
}

/* What a loader holds in a map: the attr of its own call, and what that points to. */
struct blob {
	union bpf_attr attr;
	struct bpf_insn code[2];
	char license[8];
};

static void make_inside(int command, const union bpf_attr *attr)
{
	struct blob blob = { .attr = *attr, .code = { zero[0], zero[1] }, .license = "GPL" };
	union bpf_attr create = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = sizeof(blob), .max_entries = 1 };
	union bpf_attr update = {}, run = {};
	int map = bpf(BPF_MAP_CREATE, &create), program, key = 0;

	update.map_fd = map;
	update.key = pointer(&key);
	update.value = pointer(&blob);
	if (map < 0 || bpf(BPF_MAP_UPDATE_ELEM, &update))
		fail("the map of a loader");

	const struct bpf_insn code[] = {
		LD_MAP_VALUE(BPF_REG_2, map, offsetof(struct blob, attr)),
		LD_MAP_VALUE(BPF_REG_1, map, offsetof(struct blob, code)),
		STORE(BPF_REG_2, BPF_REG_1, offsetof(union bpf_attr, insns)),
		LD_MAP_VALUE(BPF_REG_1, map, offsetof(struct blob, license)),
		STORE(BPF_REG_2, BPF_REG_1, offsetof(union bpf_attr, license)),
		MOV64_IMM(BPF_REG_1, command), MOV64_IMM(BPF_REG_3, sizeof(blob.attr)), CALL(BPF_FUNC_sys_bpf), EXIT(),
	};
	const struct bpf_insn brief[] = {
		LD_MAP_VALUE(BPF_REG_2, map, offsetof(struct blob, attr)),
		MOV64_IMM(BPF_REG_1, command), MOV64_IMM(BPF_REG_3, sizeof(blob.attr)), CALL(BPF_FUNC_sys_bpf), EXIT(),
	};

	program = command == BPF_PROG_LOAD ? load("loader", BPF_PROG_TYPE_SYSCALL, code, sizeof(code) / sizeof(*code), BPF_F_SLEEPABLE)
		: load("loader", BPF_PROG_TYPE_SYSCALL, brief, sizeof(brief) / sizeof(*brief), BPF_F_SLEEPABLE);
	run.test.prog_fd = program;
	if (program < 0 || bpf(BPF_PROG_TEST_RUN, &run) || (int)run.test.retval < 0)
		fail("run a loader");
	printf("made %d inside\n", command);
}

static void scene_light(void)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 3, .map_name = "map_inside" };
	union bpf_attr program = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2, .prog_name = "prog_inside" };

	make_inside(BPF_MAP_CREATE, &map);
	make_inside(BPF_PROG_LOAD, &program);
}

struct request {
	struct nlmsghdr header;
	struct ifinfomsg link;
	struct nlattr xdp, fd_head;
	__s32 fd;
	struct nlattr flags_head;
	__u32 flags;
};

static void answer(int link, const char *how, long sent)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} reply;

	if (sent != sizeof(struct request) || recv(link, &reply, sizeof(reply), 0) < 0 || reply.error.error)
		fail(how);
}

/* The same request, in each way that there is to send it. */
static void scene_netlink(void)
{
	struct request request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_SETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.link = { .ifi_index = LOOPBACK },
		.xdp = { sizeof(request) - offsetof(struct request, xdp), IFLA_XDP | NLA_F_NESTED },
		.fd_head = { 8, IFLA_XDP_FD }, .fd = load("on_lo", BPF_PROG_TYPE_XDP, zero, 2, 0),
		.flags_head = { 8, IFLA_XDP_FLAGS }, .flags = XDP_FLAGS_SKB_MODE,
	};
	struct iovec whole = { &request, sizeof(request) };
	struct iovec parts[] = { { &request, 16 }, { (char *)&request + 16, sizeof(request) - 16 } };
	struct msghdr message = { .msg_iov = &whole, .msg_iovlen = 1 }, split = { .msg_iov = parts, .msg_iovlen = 2 };
	struct mmsghdr several = { .msg_hdr = message };
	int link = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	request.header.nlmsg_seq++;
	answer(link, "sendto", sendto(link, &request, sizeof(request), 0, NULL, 0));
	request.header.nlmsg_seq++;
	answer(link, "sendmsg", sendmsg(link, &message, 0));
	request.header.nlmsg_seq++;
	answer(link, "sendmsg in two parts", sendmsg(link, &split, 0));
	request.header.nlmsg_seq++;
	answer(link, "write", write(link, &request, sizeof(request)));
	request.header.nlmsg_seq++;
	answer(link, "writev", writev(link, parts, 2));
	request.header.nlmsg_seq++;
	answer(link, "sendmmsg", sendmmsg(link, &several, 1, 0) == 1 ? (long)several.msg_len : -1);
	request.fd = -1;
	request.header.nlmsg_seq++;
	answer(link, "detach", sendto(link, &request, sizeof(request), 0, NULL, 0));
}

/* A socket option by io_uring: since Linux 6.7. */
static void scene_uring(void)
{
	struct io_uring_params params = {};
	int ring = syscall(__NR_io_uring_setup, 1, &params), udp = socket(AF_INET, SOCK_DGRAM, 0);
	int program = load("by_uring", BPF_PROG_TYPE_SOCKET_FILTER, zero, 2, 0);
	char *sq, *cq;
	__u32 *sqe;
	__s32 result;

	if (ring < 0) {
		printf("uring refused: %s\n", strerror(errno));
		return;
	}
	sq = mmap(NULL, params.sq_off.array + 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + 32, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		fail("mmap of the ring");
	sqe[0] = URING_CMD;
	sqe[1] = udp;
	sqe[2] = SOCKET_SETSOCKOPT;
	sqe[4] = SOL_SOCKET;
	sqe[5] = SO_ATTACH_BPF;
	sqe[11] = sizeof(program);
	*(__u64 *)(sqe + 12) = pointer(&program);
	__atomic_store_n((__u32 *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		fail("io_uring_enter");
	result = ((struct io_uring_cqe *)(cq + params.cq_off.cqes))->res;
	if (result)
		printf("uring refused: %s\n", strerror(-result));
	else
		printf("uring attached\n");
}

static struct bpf_insn raced[2];
static volatile int racing = 1, rewritten;

/* An emulated processor goes on to the next one here, and else after a tenth of a second. */
static void pause_processor(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#endif
}

static void *rewrite(void *unused)
{
	while (racing) {
		*(volatile __s32 *)&raced[0].imm = rewritten & 1;
		rewritten++;
		pause_processor();
	}
	return unused;
}

/* Loads of a buffer that another thread rewrites all the while. */
static void scene_race(void)
{
	pthread_t writer;
	int loads = 0, during = 0;

	memcpy(raced, zero, sizeof(raced));
	if (pthread_create(&writer, NULL, rewrite, NULL))
		fail("thread");
	for (; loads < RACES || (during < RACED && loads < MOST_RACES); loads++) {
		int before = rewritten;

		close(load("raced", BPF_PROG_TYPE_SOCKET_FILTER, raced, 2, 0));
		during += rewritten != before;
	}
	racing = 0;
	pthread_join(writer, NULL);
	printf("raced %d loads\n", loads);
}

static void scene_storm(int loads)
{
	struct bpf_insn code[] = { zero[0], zero[1] };

	for (int i = 0; i < loads; i++) {
		int fd;

		code[0].imm = i;
		fd = load("storm", BPF_PROG_TYPE_SOCKET_FILTER, code, i % 10 == 9 ? 1 : 2, 0); /* one in ten does not end in an exit */
		if (fd >= 0)
			close(fd);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} scenes[] = { { "light", scene_light }, { "netlink", scene_netlink }, { "uring", scene_uring }, { "race", scene_race } };

	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "storm=", 6))
			scene_storm(atoi(argv[i] + 6));
		for (size_t n = 0; n < sizeof(scenes) / sizeof(*scenes); n++)
			if (!strcmp(argv[i], scenes[n].name))
				scenes[n].play();
	}
	return 0;
}
