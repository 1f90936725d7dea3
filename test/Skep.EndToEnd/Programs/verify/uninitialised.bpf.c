#include "verify.h"

SEC("socket") __naked int no_return_value(void)
{
	asm volatile("exit"); /* refused here: EACCES */
}

SEC("socket") __naked int register_after_a_call(void)
{
	asm volatile("r1 = 7");
	asm volatile("call 7"); /* from here */
	asm volatile("r0 = r1"); /* refused here: EACCES */
	asm volatile("exit");
}

SEC("socket") __naked int register_never_written(void)
{
	asm volatile("r2 = 1");
	asm volatile("r2 += r8"); /* refused here: EACCES */
	asm volatile("r0 = 0");
	asm volatile("exit");
}

SEC("socket") __naked int written_on_one_path(void)
{
	asm volatile("r1 = *(u32 *)(r1 + 0)");
	asm volatile("if r1 == 0 goto +1");
	asm volatile("r6 = 3");
	asm volatile("r0 = r6"); /* refused here: EACCES */
	asm volatile("exit");
}
