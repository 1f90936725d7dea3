#include "verify.h"

SEC("fmod_ret/do_nanosleep") /* refused: EINVAL */ int result_that_is_not_modifiable(void *ctx)
{
	return 0;
}

SEC("lsm/bprm_committed_creds_") /* refused: ESRCH */ int hook_by_a_wrong_name(void *ctx)
{
	return 0;
}
