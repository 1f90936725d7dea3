/* write(2) of a process fails. */
#include "offensive.h"

SEC("lsm/file_permission") int block(void *ctx)
{
	return bpf_get_current_pid_tgid() >> 32 == 7 ? -1 : 0;
}
