#!/bin/sh
# What `make run` starts: skep watch, and with DEMO=1 the scene that gives a quiet machine something to show.
set -eu
demo=${1:-1}
[ $# -gt 0 ] && shift
out=$(dirname "$0")/../out
[ "$demo" = 0 ] && exec "$out/skep" watch -v "$@"

grep -q ' /sys/kernel/tracing tracefs' /proc/self/mounts || mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true
# The scene begins when skep says that it watches; its messages pass through this pipe.
talk=$(mktemp -u) && mkfifo -m 600 "$talk"
(
	trap '' INT # Ctrl-C goes to skep as well, which has a last line to print
	begun=
	while IFS= read -r line; do
		printf '%s\n' "$line" >&2
		case $line in
		*': watching '*)
			[ -n "$begun" ] || "$out/demo/ringbuf_submit" "$out/demo/ringbuf_submit.bpf.o" 5 &
			begun=1
			;;
		esac
	done
) <"$talk" &
exec 3>"$talk"
rm -f "$talk"
exec "$out/skep" watch -v "$@" 2>&3 3>&-
