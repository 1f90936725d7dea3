/* Loads a program that kills the process that runs it; it is attached to nothing. */
#include "calls.h"

int main(void)
{
	struct bpf_insn insns[] = { MOV(1, 9), INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_send_signal), MOV(0, 0), EXIT() };

	must(load(BPF_PROG_TYPE_TRACEPOINT, insns, 4, "killer") >= 0, "load");
	return 0;
}
