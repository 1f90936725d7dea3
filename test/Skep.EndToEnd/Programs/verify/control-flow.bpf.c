#include "verify.h"

SEC("socket") __naked int past_the_end(void)
{
	asm volatile("r0 = 0");
	asm volatile("if r0 == 0 goto +100"); /* refused here: EINVAL */
	asm volatile("exit");
}

SEC("socket") __naked int before_the_begin(void)
{
	asm volatile("r0 = 0");
	asm volatile("if r0 != 7 goto -100"); /* refused here: EINVAL */
	asm volatile("exit");
}

SEC("socket") /* refused: EINVAL */ __naked int no_exit(void)
{
	asm volatile("r0 = 0");
}

SEC("socket") __naked int into_a_wide_instruction(void)
{
	asm volatile("r0 = 0");
	asm volatile("if r0 == 9 goto +1");
	asm volatile("r1 = 0x1234567890 ll"); /* refused here: EINVAL */
	asm volatile("exit");
}
