/* What one kernel loads and an older one does not. In comments: the cause on Linux 6.1; newer ones accept it. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") /* accepted */
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("netfilter") /* unsupported: since 6.4 */
int filter(void *ctx)
{
	return 1;
}

SEC("cgroup/connect_unix") /* unsupported: since 6.7 */
int connects(void *ctx)
{
	return 1;
}

SEC("iter/kmem_cache") /* attach-target: since 6.13 */
int caches(void *ctx)
{
	return 0;
}
