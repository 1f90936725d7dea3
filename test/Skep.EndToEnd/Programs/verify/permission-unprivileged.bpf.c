#include "verify.h"

SEC("kprobe/do_nanosleep") /* refused: EPERM */ int kprobe(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter") /* refused: EPERM */ int raw_tracepoint(void *ctx)
{
	return 0;
}

SEC("perf_event") /* refused: EPERM */ int event(void *ctx)
{
	return 0;
}
