/* write(2) of a process fails. */
#include "offensive.h"

SEC("fmod_ret/__x64_sys_write") int block(void *ctx)
{
	return bpf_get_current_pid_tgid() >> 32 == 7 ? -1 : 0;
}
