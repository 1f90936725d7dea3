#!/bin/bash
# What kill -9 takes of an agent's history (as root, make build has made out/skep; sqlite3 checks the database): agent-kills.sh [KILLS]
# RATE maps are made a second (200) beside 500 programs; the agent is killed KILLS times (20), each time some seconds after it has begun,
# and started again at once. For each: how long before the kill the last event is that the history has, and whether the gap says that the
# agent did not end by itself. Nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
kills=${1:-20} rate=${RATE:-200}
dir=$(mktemp -d)
agent='' storm=''
trap 'kill $agent $storm 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
chmod 700 "$dir"
printf 'state_dir = "%s/state"\nruntime_dir = "%s/run"\nlisten = ""\n' "$dir" "$dir" >"$dir/skep.toml"
gcc -O2 -o "$dir/storm" test/web/storm.c
mkfifo "$dir/in"
"$dir/storm" <"$dir/in" >/dev/null & storm=$!
exec 7>"$dir/in"
echo "load 500" >&7
echo "make $((rate * kills * 20)) $rate" >&7

start() {
	out/skep agent --config "$dir/skep.toml" 2>>"$dir/said" & agent=$!
	until out/skep agent status --config "$dir/skep.toml" >/dev/null 2>&1; do sleep 0.05; done
}
start
for i in $(seq "$kills"); do
	sleep $((2 + RANDOM % 3)).$((RANDOM % 10))
	killed=$(date +%s.%N)
	kill -KILL "$agent"
	wait "$agent" 2>/dev/null || true
	last=$(sqlite3 "$dir/state/skep.db" 'PRAGMA integrity_check; SELECT max(time) FROM events' | paste -sd ' ')
	start
	awk -v i="$i" -v at="$killed" -v last="$last" 'BEGIN {
		split(last, part, " ")
		printf "kill %d: database %s, the last event is %.3f s before it\n", i, part[1], at - part[2] / 1e9
	}'
done
kill "$agent"
wait "$agent" || true
echo "gaps of agents that did not end by themselves: $(out/skep history events --config "$dir/skep.toml" | grep -c 'did not end by itself')"
out/skep history runs --config "$dir/skep.toml" | awk '{
	for (i = 1; i <= NF; i++)
		if ($i == "captured") c += $(i - 1)
		else if ($i == "stored") s += $(i - 1)
}
END { printf "%d events captured, %d stored\n", c, s }'
