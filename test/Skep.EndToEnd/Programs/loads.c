/*
 * One program load of a kind: poster, reject LEVEL SIZE, many COUNT LAST. Says what it passed and what it got; with HOLD set,
 * keeps it until its input ends.
 */
#include "calls.h"
#include <sys/prctl.h>

static void answer(long ret, const struct bpf_insn *insns, unsigned count, const char *log)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = {};

	printf("{\"ret\":%ld,\"count\":%u", ret, count);
	if (count <= 4096)
		print_hex("insns", insns, count * sizeof(*insns));
	if (log)
		print_hex("log", log, strlen(log));
	if (ret >= 0) {
		attr.info.bpf_fd = ret;
		attr.info.info_len = sizeof(info);
		attr.info.info = ADDRESS(&info);
		must(!sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), "info");
		printf(",\"id\":%u", info.id);
		print_hex("tag", info.tag, sizeof(info.tag));
	}
	printf("}\n");
}

static void poster(void)
{
	static char log[65536];
	long map = create_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 65536, "events");
	struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map), INSN(0, 0, 0, 0, 0),
		MOV(2, 24),
		MOV(3, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_reserve),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 16, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 6, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid),
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32),
		INSN(BPF_STX | BPF_MEM | BPF_DW, 6, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 8),
		MOV(2, 16),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_comm),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0),
		MOV(2, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_submit),
		MOV(7, 1), MOV(8, 2), MOV(9, 3), MOV(5, 4), MOV(4, 5),
		MOV(0, 0),
		EXIT(),
	};
	unsigned count = sizeof(insns) / sizeof(*insns);

	must(map >= 0, "map");
	prctl(PR_SET_NAME, "ringbuf_submit");
	answer(load_logged(BPF_PROG_TYPE_TRACEPOINT, insns, count, "ringbuf_submit", 1, log, sizeof(log)), insns, count, log);
	printf("{\"map\":%u}\n", object_id(map));
}

static void reject(int level, int size)
{
	struct bpf_insn insns[] = {
		MOV(1, 7),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 0, 1, 0, 0), /* through a number */
		EXIT(),
	};
	char *log = size ? calloc(1, size) : NULL;

	answer(load_logged(BPF_PROG_TYPE_SOCKET_FILTER, insns, 3, "rejected", level, log, size), insns, 3, log);
}

static void many(unsigned count, int last)
{
	struct bpf_insn *insns = calloc(count, sizeof(*insns));

	for (unsigned i = 0; i < count - 1; i++)
		insns[i] = MOV(0, i);
	insns[count - 1] = last ? EXIT() : MOV(0, 0);
	answer(load(BPF_PROG_TYPE_SOCKET_FILTER, insns, count, "many"), insns, count, NULL);
}

int main(int argc, char **argv)
{
	must(argc > 1, "usage");
	if (!strcmp(argv[1], "poster"))
		poster();
	else if (!strcmp(argv[1], "reject"))
		reject(atoi(argv[2]), atoi(argv[3]));
	else
		many(atoi(argv[2]), atoi(argv[3]));
	fflush(stdout);
	if (getenv("HOLD"))
		getchar();
	return 0;
}
