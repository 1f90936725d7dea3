#include "verify.h"

#define __noinline __attribute__((noinline))

/* Global functions, which are verified by what BTF says of them. */

__noinline int *returns_a_pointer(struct __sk_buff *skb)
{
	return skb->len ? (int *)(long)skb->len : 0;
}

SEC("tc") /* refused: EINVAL or EOPNOTSUPP */ int pointer_as_result(struct __sk_buff *skb)
{
	return returns_a_pointer(skb) != 0;
}

__noinline int takes_a_function(int (*function)(int))
{
	return function != 0;
}

SEC("tc") /* refused: EINVAL */ int function_as_argument(struct __sk_buff *skb)
{
	return takes_a_function(0);
}

__noinline int takes_any_pointer(volatile void *pointer)
{
	return pointer != 0;
}

SEC("tc") /* refused: EINVAL */ int pointer_to_void_as_argument(struct __sk_buff *skb)
{
	int number = 0;

	return takes_any_pointer(&number);
}
