/* objects DIRECTORY: pins there (a bpffs), opens by path and id, runs, loads BTF, freezes, binds, and what may be refused. */
#include "calls.h"
#include <fcntl.h>
#include <linux/btf.h>
#include <sys/prctl.h>

static long by_id(int cmd, unsigned id)
{
	union bpf_attr attr = {};

	attr.prog_id = id;
	return sys_bpf(cmd, &attr, sizeof(attr));
}

static long path(int cmd, const char *name, long fd)
{
	union bpf_attr attr = {};

	attr.pathname = ADDRESS(name);
	attr.bpf_fd = fd;
	return sys_bpf(cmd, &attr, sizeof(attr));
}

static long load_btf(void)
{
	struct {
		struct btf_header header;
		struct btf_type type;
		uint32_t integer;
		char strings[5];
	} __attribute__((packed)) btf = {
		.header = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(struct btf_header), .type_len = 16, .str_off = 16,
			.str_len = 5 },
		.type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 },
		.integer = 32,
		.strings = "\0int",
	};
	union bpf_attr attr = {};
	static char log[4096];

	attr.btf = ADDRESS(&btf);
	attr.btf_size = sizeof(btf);
	attr.btf_log_level = 1;
	attr.btf_log_size = sizeof(log);
	attr.btf_log_buf = ADDRESS(log);
	return sys_bpf(BPF_BTF_LOAD, &attr, 28);
}

static unsigned run(long prog)
{
	union bpf_attr attr = {};
	char packet[64] = {};

	attr.test.prog_fd = prog;
	attr.test.data_in = ADDRESS(packet);
	attr.test.data_size_in = sizeof(packet);
	attr.test.repeat = 3;
	must(!sys_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr)), "run");
	return attr.test.retval;
}

int main(int argc, char **argv)
{
	char pin[4096], odd[4096];
	union bpf_attr attr = {};
	long map, prog, btf, got, opened, stats, token;
	unsigned retval;

	must(argc == 2, "usage");
	snprintf(pin, sizeof(pin), "%s/pin", argv[1]);
	snprintf(odd, sizeof(odd), "%s/\033[31mred\"\n\\", argv[1]);
	prctl(PR_SET_NAME, "\033[2Jobj\"");
	map = create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3, "pinned_map");
	prog = load_returning(BPF_PROG_TYPE_XDP, XDP_TX, "runner");
	must(map >= 0 && prog >= 0, "map and program");
	must(!path(BPF_OBJ_PIN, pin, map), "pin");
	must(!path(BPF_OBJ_PIN, odd, prog), "pin odd");
	got = path(BPF_OBJ_GET, pin, 0);
	must(got >= 0 && path(BPF_OBJ_GET, "/nonexistent/pin", 0) == -ENOENT, "get");
	btf = load_btf();
	must(btf >= 0, "btf");
	must(by_id(BPF_MAP_GET_FD_BY_ID, object_id(map)) >= 0 && by_id(BPF_PROG_GET_FD_BY_ID, object_id(prog)) >= 0, "by id");
	must(by_id(BPF_BTF_GET_FD_BY_ID, object_id(btf)) >= 0 && by_id(BPF_MAP_GET_FD_BY_ID, 0x7ffffff0) == -ENOENT, "by id");
	retval = run(prog);
	attr.map_fd = map;
	must(!sys_bpf(BPF_MAP_FREEZE, &attr, sizeof(attr)), "freeze");
	memset(&attr, 0, sizeof(attr));
	attr.prog_bind_map.prog_fd = prog;
	attr.prog_bind_map.map_fd = got;
	must(!sys_bpf(BPF_PROG_BIND_MAP, &attr, sizeof(attr)), "bind");
	memset(&attr, 0, sizeof(attr));
	stats = sys_bpf(BPF_ENABLE_STATS, &attr, sizeof(attr));
	memset(&attr, 0, sizeof(attr));
	opened = open(argv[1], O_RDONLY | O_DIRECTORY);
	((uint32_t *)&attr)[1] = opened;
	token = sys_bpf(36 /* BPF_TOKEN_CREATE */, &attr, sizeof(attr));
	printf("{\"map\":%u,\"prog\":%u,\"btf\":%u,\"retval\":%u,\"stats\":%ld,\"token\":%ld,\"directory\":%ld", object_id(map),
		object_id(prog), object_id(btf), retval,
	       stats, token, opened);
	print_hex("pin", pin, strlen(pin));
	print_hex("odd", odd, strlen(odd));
	printf("}\n");
	return 0;
}
