#include "verify.h"

/* Sections that stand for no type of programs. */

SEC("no_such_type") /* refused: EINVAL */ int type(void *ctx)
{
	return 0;
}

SEC("no_such_type/with_a_target") /* refused: EINVAL */ int type_with_a_target(void *ctx)
{
	return 0;
}
