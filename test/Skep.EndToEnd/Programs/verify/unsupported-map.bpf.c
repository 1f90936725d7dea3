#include "verify.h"

struct {
	__uint(type, 99);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} no_such_type SEC(".maps");

SEC("socket") /* refused: EINVAL */ int type_of_a_map(void *ctx)
{
	return 0;
}
