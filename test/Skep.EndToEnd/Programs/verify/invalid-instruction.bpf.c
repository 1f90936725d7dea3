#include "verify.h"

/* As the bytes of an instruction: of a little-endian machine, offset and constant above, registers and opcode below. */
#define INSN(code, dst, src, off, imm) asm volatile(".byte " #code ", " #dst " | (" #src " << 4); .2byte " #off "; .4byte " #imm)

SEC("socket") /* refused: EINVAL */ __naked int unknown_opcode(void)
{
	INSN(0xff, 0, 0, 0, 0);
	INSN(0x95, 0, 0, 0, 0);
}

SEC("socket") __naked int division_by_zero(void)
{
	INSN(0xb7, 0, 0, 0, 4);
	INSN(0x37, 0, 0, 0, 0); /* refused here: EINVAL */
	INSN(0x95, 0, 0, 0, 0);
}

SEC("socket") __naked int shift_by_64(void)
{
	INSN(0xb7, 0, 0, 0, 4);
	INSN(0x67, 0, 0, 0, 64); /* refused here: EINVAL */
	INSN(0x95, 0, 0, 0, 0);
}

SEC("socket") /* refused: EINVAL */ __naked int reserved_field_of_a_move(void)
{
	INSN(0xb7, 0, 1, 0, 4);
	INSN(0x95, 0, 0, 0, 0);
}

SEC("socket") /* refused: EINVAL */ __naked int reserved_field_of_an_exit(void)
{
	INSN(0xb7, 0, 0, 0, 0);
	INSN(0x95, 0, 0, 0, 1);
}

SEC("socket") /* refused: EINVAL */ __naked int register_fifteen(void)
{
	INSN(0xbf, 0, 15, 0, 0);
	INSN(0x95, 0, 0, 0, 0);
}

SEC("socket") __naked int unknown_atomic(void)
{
	INSN(0xb7, 1, 0, 0, 0);
	INSN(0xdb, 10, 1, -8, 0x77); /* refused here: EINVAL */
	INSN(0x95, 0, 0, 0, 0);
}

SEC("socket") /* refused: EINVAL */ __naked int half_of_a_wide_load(void)
{
	INSN(0xb7, 0, 0, 0, 0);
	INSN(0x18, 1, 0, 0, 0);
	INSN(0x95, 0, 0, 0, 0);
}
