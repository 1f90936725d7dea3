#include "verify.h"

extern int CONFIG_NO_SUCH_SETTING __kconfig;

SEC("socket") /* refused: EINVAL or ESRCH */ int setting(void *ctx)
{
	return CONFIG_NO_SUCH_SETTING;
}
