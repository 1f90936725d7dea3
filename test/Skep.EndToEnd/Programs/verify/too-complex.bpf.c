#include "verify.h"

SEC("tc") /* refused: E2BIG */ int loop_of_a_million(struct __sk_buff *skb)
{
	__u32 sum = 0;

	for (int i = 0; i < 1000000; i++) {
		asm volatile("" : "+r"(sum));
		sum += skb->len;
	}
	return sum;
}

SEC("tc") /* refused: E2BIG */ int loop_in_a_loop(struct __sk_buff *skb)
{
	volatile __u32 sum = 0;

	for (int i = 0; i < 3000; i++)
		for (int j = 0; j < 300; j++)
			sum += i ^ j;
	return sum;
}

/* Each round leaves a branch to be walked later. */
SEC("tc") /* refused: EFAULT or E2BIG */ int branches_of_a_loop(struct __sk_buff *skb)
{
	__u64 sum = 0;

	for (int i = 0; i < 20000; i++)
		if (*(volatile __u32 *)&skb->hash > i)
			sum += i;
	return sum & 1;
}
