#include "verify.h"

SEC("socket") __naked int behind_the_exit(void)
{
	asm volatile("r0 = 0");
	asm volatile("exit");
	asm volatile("r0 = 1"); /* refused here: EINVAL */
	asm volatile("exit");
}

SEC("socket") __naked int jumped_over(void)
{
	asm volatile("r0 = 0");
	asm volatile("goto +1");
	asm volatile("r0 = 2"); /* refused here: EINVAL */
	asm volatile("exit");
}

SEC("socket") __naked int behind_an_endless_loop(void)
{
	asm volatile("r0 = 0");
	asm volatile("goto -1");
	asm volatile("r0 = 3"); /* refused here: EINVAL */
	asm volatile("exit");
}
