/* write(2) fails. */
#include "offensive.h"

SEC("kprobe/__x64_sys_write") int block(struct pt_regs *ctx)
{
	bpf_override_return(ctx, -1);
	return 0;
}
