/* Calls that differ from libbpf's feature probes in one thing each, and the probes themselves: near_probes near|same. */
#include "calls.h"
#include <linux/btf.h>

static const struct bpf_insn return0[] = { MOV(0, 0), EXIT() }, return1[] = { MOV(0, 1), EXIT() };

static union bpf_attr probe(int type, const struct bpf_insn *insns)
{
	union bpf_attr attr = {};

	attr.prog_type = type;
	attr.insns = ADDRESS(insns);
	attr.insn_cnt = 2;
	attr.license = ADDRESS("GPL");
	return attr;
}

static long load_attr(union bpf_attr attr)
{
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static long load_btf(const char *name)
{
	struct {
		struct btf_header header;
		unsigned types[4];
		char strings[5];
	} __attribute__((packed)) btf = {
		.header = { .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(struct btf_header), .type_len = 16,
			    .str_off = 16, .str_len = 5 },
		.types = { 1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32 },
	};
	union bpf_attr attr = {};

	memcpy(btf.strings + 1, name, 3);
	attr.btf = ADDRESS(&btf);
	attr.btf_size = sizeof(btf);
	return sys_bpf(BPF_BTF_LOAD, &attr, sizeof(attr));
}

static long bind(int program, int map)
{
	union bpf_attr attr = {};

	attr.prog_bind_map.prog_fd = program;
	attr.prog_bind_map.map_fd = map;
	return sys_bpf(BPF_PROG_BIND_MAP, &attr, sizeof(attr));
}

static void same(void)
{
	int program, map;

	program = load_attr(probe(BPF_PROG_TYPE_SOCKET_FILTER, return0));
	map = create_map(BPF_MAP_TYPE_ARRAY, 4, 32, 1, "libbpf_det_bind");
	must(bind(program, map) == 0, "bind");
	must(load_btf("int") >= 0, "btf");
}

static void near(void)
{
	union bpf_attr attr = probe(BPF_PROG_TYPE_SOCKET_FILTER, return1);
	int program, map;

	must(load_attr(attr) >= 0, "another constant");
	attr = probe(BPF_PROG_TYPE_SOCKET_FILTER, return0);
	name_object(attr.prog_name, "libbpf_nametes");
	program = load_attr(attr);
	must(program >= 0, "another name");
	attr = probe(BPF_PROG_TYPE_SOCKET_FILTER, return0);
	attr.license = ADDRESS("MIT");
	must(load_attr(attr) >= 0, "another license");
	attr = probe(BPF_PROG_TYPE_XDP, return0);
	must(load_attr(attr) >= 0, "another type");
	attr = probe(BPF_PROG_TYPE_SOCKET_FILTER, return0);
	attr.prog_flags = BPF_F_ANY_ALIGNMENT;
	must(load_attr(attr) >= 0, "another flag");
	map = create_map(BPF_MAP_TYPE_ARRAY, 4, 32, 2, "libbpf_det_bind");
	must(map >= 0, "more entries");
	must(create_map(BPF_MAP_TYPE_ARRAY, 4, 32, 1, "libbpf_locals") >= 0, "a map of another name");
	must(create_map(BPF_MAP_TYPE_HASH, 4, 32, 1, "libbpf_global") >= 0, "a map of another type");
	must(bind(program, map) == 0, "bind");
	must(load_btf("inx") >= 0, "another string");
}

int main(int argc, char **argv)
{
	must(argc == 2, "near_probes near|same");
	if (!strcmp(argv[1], "near"))
		near();
	else
		same();
	return 0;
}
