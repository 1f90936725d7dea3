#!/bin/bash
# skep prog list -j beside bpftool prog list -j, in turns within one run, with COUNT programs that have a map and a link each. Wants a quiet
# machine.
# Prints medians of wall time and of processor time; nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
rounds=${ROUNDS:-25}
count=${COUNT:-1000}
skep=${SKEP:-out/skep}
mkdir -p out/bench
gcc -O2 -Wall -Wextra -Werror bench/objects.c -o out/bench/objects
out/bench/objects "$count" >out/bench/ready &
holder=$!
trap 'kill $holder' EXIT
until grep -qs ready out/bench/ready; do sleep 0.05; done

TIMEFORMAT='%R %U %S'
rm -f out/bench/*.list
for _ in $(seq "$rounds"); do
	for tool in bpftool "$skep"; do
		{ time "$tool" prog list -j >/dev/null 2>&1; } 2>>"out/bench/$(basename "$tool").list"
	done
done

printf '%-28s %12s %12s %8s\n' "prog list -j, $count programs" bpftool skep ratio
for column in wall cpu; do
	for tool in bpftool "$(basename "$skep")"; do
		awk -v c=$column '{ print c == "wall" ? $1 * 1000 : ($2 + $3) * 1000 }' "out/bench/$tool.list" | median
	done | {
		read -r bpftool
		read -r own
		printf '%-28s %12.1f %12.1f %8.2f\n' "$column, ms" "$bpftool" "$own" "$(ratio "$own" "$bpftool")"
		fact "prog_list_$column" "$(ratio "$own" "$bpftool")" skep/bpftool
	}
done
