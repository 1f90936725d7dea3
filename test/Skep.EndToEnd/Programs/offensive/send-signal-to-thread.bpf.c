/* The thread that opens a file is killed. */
#include "offensive.h"

SEC("tracepoint/syscalls/sys_enter_openat") int hunt(void *ctx)
{
	bpf_send_signal_thread(9);
	return 0;
}
