#include "verify.h"

void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;

SEC("tc") int section_not_left(struct __sk_buff *skb)
{
	bpf_rcu_read_lock();
	return 0; /* refused here: EINVAL */
}

SEC("tc") int section_not_entered(struct __sk_buff *skb)
{
	bpf_rcu_read_unlock(); /* refused here: EINVAL */
	return 0;
}

SEC("tc") int section_on_one_path(struct __sk_buff *skb)
{
	if (skb->len > 100)
		bpf_rcu_read_lock();
	return 0; /* refused here: EINVAL */
}
