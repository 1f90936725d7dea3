#!/bin/sh
# Runs a command that may print nothing for minutes, and prints the time that it takes every 10 seconds: progress.sh WHAT COMMAND...
set -eu
what=$1
shift
echo "skep: $what" >&2
(
	seconds=0
	while sleep 10; do
		seconds=$((seconds + 10))
		echo "skep: $what: $seconds s" >&2
	done
) &
ticker=$!
trap 'kill $ticker 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$@"
