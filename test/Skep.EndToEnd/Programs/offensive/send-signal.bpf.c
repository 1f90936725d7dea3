/* The process that calls kill(2) is killed. */
#include "offensive.h"

SEC("tracepoint/syscalls/sys_enter_kill") int hunt(void *ctx)
{
	bpf_send_signal(9);
	return 0;
}
