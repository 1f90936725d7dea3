/*
 * token UID: a user without privileges in a user namespace of his own, to whom root delegates bpf(2) by a bpffs (BPF token, Linux 6.9).
 * Makes a token, a map and a program by it, and the same program without it. Prints its pid and what the kernel answered.
 */
#include "calls.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define TOKEN_CREATE 36
#define F_TOKEN_FD (1U << 16)

/* union bpf_attr of Linux 6.9: the offsets of map_token_fd, prog_token_fd and token_create.bpffs_fd. */
#define MAP_TOKEN_FD 76
#define PROG_TOKEN_FD 144
#define TOKEN_BPFFS_FD 4

static union { union bpf_attr attr; char bytes[256]; } call;

static void send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	must(sendmsg(to, &message, 0) == 1, "sendmsg");
}

static int receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int fd;

	must(recvmsg(from, &message, 0) == 1 && CMSG_FIRSTHDR(&message), "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void set(int context, const char *key)
{
	must(!syscall(__NR_fsconfig, context, FSCONFIG_SET_STRING, key, "any", 0), key);
}

static void delegate(int socket)
{
	int context = receive_fd(socket), mount;

	set(context, "delegate_cmds");
	set(context, "delegate_maps");
	set(context, "delegate_progs");
	set(context, "delegate_attachs");
	must(!syscall(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0), "create");
	mount = syscall(__NR_fsmount, context, 0, 0);
	must(mount >= 0, "fsmount");
	send_fd(socket, mount);
}

static void put(int at, int value) { memcpy(call.bytes + at, &value, sizeof(value)); }

static long load_by(long token)
{
	struct bpf_insn insns[] = { MOV(0, 2), EXIT() };

	memset(&call, 0, sizeof(call));
	call.attr.prog_type = BPF_PROG_TYPE_XDP;
	call.attr.insns = ADDRESS(insns);
	call.attr.insn_cnt = 2;
	call.attr.license = ADDRESS("GPL");
	name_object(call.attr.prog_name, token < 0 ? "without" : "by_token");
	if (token >= 0) {
		call.attr.prog_flags = F_TOKEN_FD;
		put(PROG_TOKEN_FD, token);
	}
	return sys_bpf(BPF_PROG_LOAD, &call, PROG_TOKEN_FD + 4);
}

static int use(int socket, int uid)
{
	int context, bpffs;
	long token, map, prog, refused;

	must(!setgid(uid) && !setuid(uid) && !unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
	context = syscall(__NR_fsopen, "bpf", 0);
	must(context >= 0, "fsopen");
	send_fd(socket, context);
	bpffs = openat(receive_fd(socket), ".", O_RDONLY | O_DIRECTORY);
	must(bpffs >= 0, "bpffs");

	put(TOKEN_BPFFS_FD, bpffs);
	token = sys_bpf(TOKEN_CREATE, &call, TOKEN_BPFFS_FD + 4);
	memset(&call, 0, sizeof(call));
	call.attr.map_type = BPF_MAP_TYPE_HASH;
	call.attr.key_size = 4;
	call.attr.value_size = 8;
	call.attr.max_entries = 1;
	call.attr.map_flags = F_TOKEN_FD;
	name_object(call.attr.map_name, "by_token");
	put(MAP_TOKEN_FD, token);
	map = sys_bpf(BPF_MAP_CREATE, &call, MAP_TOKEN_FD + 4);
	prog = load_by(token);
	refused = load_by(-1);
	printf("{\"pid\":%d,\"token\":%ld,\"map\":%ld,\"prog\":%ld,\"without\":%ld}\n", getpid(), token, map, prog, refused);
	return 0;
}

int main(int argc, char **argv)
{
	int ends[2], status;
	pid_t child;

	must(argc == 2 && !socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "token UID");
	child = fork();
	must(child >= 0, "fork");
	if (!child)
		return use(ends[1], atoi(argv[1]));
	close(ends[1]);
	delegate(ends[0]);
	must(waitpid(child, &status, 0) == child, "wait");
	return status != 0;
}
