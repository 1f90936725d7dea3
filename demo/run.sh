#!/bin/sh
# What `make run` starts: skep watch, and with DEMO=1 the scene that gives a quiet machine something to show.
set -eu
demo=${1:-1}
[ $# -gt 0 ] && shift
out=$(dirname "$0")/../out
if [ "$demo" != 0 ]; then
	grep -q ' /sys/kernel/tracing tracefs' /proc/self/mounts || mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true
	(
		sleep 1
		exec "$out/demo/ringbuf_submit" "$out/demo/ringbuf_submit.bpf.o" 5
	) &
fi
exec "$out/skep" watch -v "$@"
