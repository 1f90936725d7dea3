#include "verify.h"

extern const void no_such_symbol __ksym;

SEC("socket") /* refused: EINVAL or ESRCH */ int symbol(void *ctx)
{
	return (long)&no_such_symbol;
}
