/* 32-bit system calls: of a 32-bit program, or with int 0x80 of a 64-bit one. */
#include "calls.h"
#include <linux/filter.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define NR32_SOCKETCALL 102
#define NR32_BPF	357
#define CALL_SETSOCKOPT 14

static long call32(long nr, unsigned a, unsigned b, unsigned c)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return (int)ret;
}

int main(void)
{
	/* below 4 GiB, where both can point */
	char *low = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	union bpf_attr *attr = (void *)low;
	struct bpf_insn *insns = (void *)(low + 4096);
	struct sock_filter *classic = (void *)(low + 8192);
	struct {
		unsigned short count;
		unsigned short pad;
		unsigned filter;
	} *fprog = (void *)(low + 12288);
	unsigned *args = (void *)(low + 16384);
	long map, prog, attached;
	int sock;

	must(low != MAP_FAILED, "memory");
	attr->map_type = BPF_MAP_TYPE_ARRAY;
	attr->key_size = 4;
	attr->value_size = 12;
	attr->max_entries = 34;
	name_object(attr->map_name, "compat_map");
	map = call32(NR32_BPF, BPF_MAP_CREATE, ADDRESS(attr), sizeof(*attr));
	memset(attr, 0, sizeof(*attr));
	insns[0] = MOV(0, 3232);
	insns[1] = EXIT();
	strcpy(low + 20480, "GPL");
	attr->prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr->insns = ADDRESS(insns);
	attr->insn_cnt = 2;
	attr->license = ADDRESS(low + 20480);
	name_object(attr->prog_name, "compat_prog");
	prog = call32(NR32_BPF, BPF_PROG_LOAD, ADDRESS(attr), sizeof(*attr));
	classic[0] = (struct sock_filter){ BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 };
	classic[1] = (struct sock_filter){ BPF_RET | BPF_K, 0, 0, 77 };
	fprog->count = 2;
	fprog->filter = ADDRESS(classic);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	args[0] = sock;
	args[1] = SOL_SOCKET;
	args[2] = SO_ATTACH_FILTER;
	args[3] = ADDRESS(fprog);
	args[4] = 8;
	attached = call32(NR32_SOCKETCALL, CALL_SETSOCKOPT, ADDRESS(args), 0);
	printf("{\"map\":%ld,\"prog\":%ld,\"attached\":%ld,\"sock\":%d", map, prog, attached, sock);
	print_hex("classic", classic, 16);
	print_hex("insns", insns, 16);
	printf("}\n");
	return 0;
}
