#include "verify.h"

extern const int no_such_variable __ksym;

SEC("socket") /* refused: EINVAL or ESRCH */ int variable(void *ctx)
{
	return *(volatile const int *)&no_such_variable;
}
