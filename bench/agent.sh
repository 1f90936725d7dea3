#!/bin/bash
# What an agent costs under load, and whether it accounts for all of it (as root, make build has made out/skep): agent.sh [SECONDS]
# RATE maps are made a second (200) beside PROGRAMS loaded programs (500) and three packet filters; curl scrapes the metrics, Chromium has
# the page open (VIEW=/events: that view of it, not the first; without Chromium curl reads the stream), and a receiver of OTLP takes what is
# exported. What skep watch takes of the CPU under the same load is measured before, without the agent, for five minutes at most: each would
# capture the calls of the other, and make them dearer. SKEP=FILE: another binary.
# BURST=1: 10,000 events a second for SECONDS, and how long they take with and without the agent. What is measured without BURST is kept in
# bench/results/agent (RECORD=no keeps none). Nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
seconds=${1:-60} rate=${RATE:-200} programs=${PROGRAMS:-500}
skep=${SKEP:-$PWD/out/skep}
dir=$(mktemp -d)
pids=()

end() {
	exec 7>&- 2>/dev/null || true
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	for i in 1 2 3; do
		"$skep" filter remove "bench$i" >/dev/null 2>&1 || true
		ip link del "skepb$i" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	rm -rf "$dir"
}
trap end EXIT

# jiffies PID: what it has taken of a CPU, in hundredths of a second.
jiffies() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
rss() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$1/status"; }
now() { date +%s.%N; }
# said WORD: waits until the storm has said it.
said() { until grep -q "$1" "$dir/storm.out"; do sleep 0.1; done; : >"$dir/storm.out"; }

gcc -O2 -o "$dir/storm" test/web/storm.c
chmod 700 "$dir"
mkfifo "$dir/storm.in"
"$dir/storm" <"$dir/storm.in" >"$dir/storm.out" & pids+=($!)
exec 7>"$dir/storm.in"
echo "load $programs" >&7
said "done"

modules=$(test/otlp/fetch.sh)
# It ends with its standard input.
mkfifo "$dir/otlp.in"
exec 8<>"$dir/otlp.in"
NODE_PATH=$modules node test/otlp/collector.js http <&8 >"$dir/otlp.out" 2>&1 & pids+=($!)
until [ -s "$dir/otlp.out" ]; do sleep 0.1; done
for i in 1 2 3; do
	ip link add "skepb$i" type veth peer name "skepb${i}p"
	printf 'table bench%d {\n\tdevices = { skepb%d }\n\tudp dport 53 drop\n}\n' "$i" "$i" >"$dir/bench$i.skep"
	"$skep" filter apply "$dir/bench$i.skep" >"$dir/apply" 2>&1 || cat "$dir/apply"
done
cat >"$dir/skep.toml" <<-END
	state_dir = "$dir/state"
	runtime_dir = "$dir/run"
	listen = "127.0.0.1:7391"
	[alerts]
	dir = "$dir/alerts.d"
	[export.otlp]
	endpoint = "http://127.0.0.1:$(head -n 1 "$dir/otlp.out")"
	interval = "10s"
END

if [ -n "${BURST:-}" ]; then
	begun=$(now); echo "make $((10000 * seconds)) 10000" >&7; said "done"
	echo "without the agent: $(awk "BEGIN { print $(now) - $begun }") s"
fi
[ -z "${BURST:-}" ] || rate=10000
"$skep" watch -j >/dev/null 2>&1 & watch=$!; pids+=("$watch")
sleep 3
w=$(jiffies "$watch") begun=$(now)
echo "make $((rate * (seconds < 300 ? seconds : 300))) $rate" >&7; said "done"
w=$(($(jiffies "$watch") - w)) watched=$(awk "BEGIN { print $(now) - $begun }")
kill "$watch"; wait "$watch" 2>/dev/null || true
"$skep" agent --config "$dir/skep.toml" 2>"$dir/agent.err" & agent=$!; pids+=("$agent")
until "$skep" agent status --config "$dir/skep.toml" >/dev/null 2>&1; do sleep 0.1; done
token=$(cat "$dir/run/token")
if chromium=$(command -v chromium); then
	"$chromium" --headless=new --no-sandbox --disable-gpu --user-data-dir="$dir/chromium" --remote-debugging-port=0 \
		"http://127.0.0.1:7391/?token=$token#${VIEW:-/}" >"$dir/chromium.out" 2>&1 & pids+=($!)
	sleep 10
	if [ "$(ss -Htn state established dport = :7391 | wc -l)" -eq 0 ]; then
		echo "Chromium does not show the page: $(tail -n 1 "$dir/chromium.out")" >&2
		exit 1
	fi
else
	curl -sN -H "Authorization: Bearer $token" http://127.0.0.1:7391/api/v1/events/stream >/dev/null & pids+=($!)
fi
(while sleep 15; do curl -s -H "Authorization: Bearer $token" http://127.0.0.1:7391/metrics -o /dev/null; done) & pids+=($!)
sleep 5

a=$(jiffies "$agent") begun=$(now) most=0
echo "make $((rate * seconds)) $rate" >&7
until grep -q "done" "$dir/storm.out"; do
	r=$(rss "$agent")
	[ "$r" -gt "$most" ] && most=$r
	sleep 1
done
took=$(awk "BEGIN { print $(now) - $begun }")
a=$(($(jiffies "$agent") - a))
sleep 3
agent_cpu=$(ratio "$a" "$took") watch_cpu=$(ratio "$w" "$watched")
awk -v n=$((rate * seconds)) -v t="$took" -v rss="$most" -v a="$agent_cpu" -v w="$watch_cpu" 'BEGIN {
	printf "%d events in %.1f s; the agent: RSS %d MB at most, CPU %.2f %% of a core, skep watch -j %.2f %%\n", n, t, rss, a, w
}'
if [ -z "${BURST:-}" ] && [ "${RECORD:-yes}" != no ]; then
	FACTS=$dir/facts
	fact agent_seconds "$took" s
	fact agent_cpu "$agent_cpu" percent
	fact watch_cpu "$watch_cpu" percent
	fact agent_rss "$most" MB
	bench/record.sh "$FACTS" bench/results/agent
fi
"$skep" agent status --config "$dir/skep.toml"
cat "$dir/agent.err"
