#include "verify.h"

SEC("socket") int until_true(void *ctx)
{
	volatile __u32 stop = 0;

	while (!stop) { /* refused here: EINVAL */
	}
	return 0;
}

SEC("socket") __naked int jump_back(void)
{
	asm volatile("r0 = *(u32 *)(r1 + 0)");
	asm volatile("if r0 == 9 goto +1"); /* refused here: EINVAL */
	asm volatile("goto -3");
	asm volatile("exit");
}

SEC("socket") __naked int comparison_that_never_changes(void)
{
	asm volatile("r6 = *(u32 *)(r1 + 0)");
	asm volatile("r0 = 0");
	asm volatile("r6 = r6"); /* refused here: EINVAL */
	asm volatile("if r6 > 5 goto -2");
	asm volatile("exit");
}

SEC("socket") /* refused: E2BIG or EINVAL */ int function_that_calls_itself(void *ctx)
{
	extern int again(int depth);

	return again(3);
}

__noinline int again(int depth)
{
	volatile int deeper = depth - 1;

	if (deeper)
		return again(deeper) + 1;
	return 0;
}
