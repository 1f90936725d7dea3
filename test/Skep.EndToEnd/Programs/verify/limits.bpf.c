#include "verify.h"

#define CALLS(from, to) \
	static __noinline int from(int depth) \
	{ \
		return to(depth + 1) + depth; \
	}

static __noinline int innermost(int depth)
{
	volatile int sum = depth;

	return sum;
}

CALLS(depth20, innermost)
CALLS(depth19, depth20)
CALLS(depth18, depth19)
CALLS(depth17, depth18)
CALLS(depth16, depth17)
CALLS(depth15, depth16)
CALLS(depth14, depth15)
CALLS(depth13, depth14)
CALLS(depth12, depth13)
CALLS(depth11, depth12)
CALLS(depth10, depth11)
CALLS(depth9, depth10)
CALLS(depth8, depth9)
CALLS(depth7, depth8)
CALLS(depth6, depth7)
CALLS(depth5, depth6)
CALLS(depth4, depth5)
CALLS(depth3, depth4)
CALLS(depth2, depth3)
CALLS(depth1, depth2)

SEC("tc") /* refused: E2BIG */ int functions_in_functions(struct __sk_buff *skb)
{
	return depth1(skb->len);
}

/* 8 of a kind with one digit in front of them: 7 digits make 56, 8 make 64, 9 make 72. */
#define EIGHT(what, digit) \
	what(digit##0) what(digit##1) what(digit##2) what(digit##3) what(digit##4) what(digit##5) what(digit##6) what(digit##7)

#define MAP(number) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, 1); \
		__type(key, __u32); \
		__type(value, __u64); \
	} map##number SEC(".maps");
#define LOAD(number) asm volatile("r1 = %0 ll" : : "i"(&map##number) : "r1");

EIGHT(MAP, 1) EIGHT(MAP, 2) EIGHT(MAP, 3) EIGHT(MAP, 4) EIGHT(MAP, 5) EIGHT(MAP, 6) EIGHT(MAP, 7) EIGHT(MAP, 8) EIGHT(MAP, 9)

SEC("tc") /* refused: E2BIG */ int maps(struct __sk_buff *skb)
{
	EIGHT(LOAD, 1) EIGHT(LOAD, 2) EIGHT(LOAD, 3) EIGHT(LOAD, 4) EIGHT(LOAD, 5) EIGHT(LOAD, 6) EIGHT(LOAD, 7)
	EIGHT(LOAD, 8) EIGHT(LOAD, 9)
	return 0;
}

#define FUNCTION(number) static __noinline int function##number(int value) { asm volatile("%0 ^= " #number : "+r"(value)); return value; }
#define CALL(number) sum += function##number(sum);
#define HUNDREDS(what, digit) EIGHT(what, digit##1) EIGHT(what, digit##2) EIGHT(what, digit##3) EIGHT(what, digit##4) \
	EIGHT(what, digit##5) EIGHT(what, digit##6) EIGHT(what, digit##7) EIGHT(what, digit##8)

HUNDREDS(FUNCTION, 1) HUNDREDS(FUNCTION, 2) HUNDREDS(FUNCTION, 3) HUNDREDS(FUNCTION, 4)

SEC("tc") /* refused: E2BIG */ int functions(struct __sk_buff *skb)
{
	int sum = skb->len;

	HUNDREDS(CALL, 1) HUNDREDS(CALL, 2) HUNDREDS(CALL, 3) HUNDREDS(CALL, 4)
	return sum;
}
