#include "verify.h"

SEC("fentry/no_such_function") /* refused: ESRCH */ int function(void *ctx)
{
	return 0;
}

SEC("tp_btf/no_such_tracepoint") /* refused: ESRCH */ int tracepoint(void *ctx)
{
	return 0;
}

SEC("lsm/no_such_hook") /* refused: ESRCH */ int hook(void *ctx)
{
	return 0;
}

SEC("iter/no_such_objects") /* refused: ESRCH */ int iterator(void *ctx)
{
	return 0;
}
