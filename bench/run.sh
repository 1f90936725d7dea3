#!/bin/bash
# What watch costs, on and off in turns within one run, and what it loses in a storm. Wants a quiet machine.
# Prints medians and keeps them in bench/results/ (bench/plot.sh plots them; RECORD=no keeps none); nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
rounds=${ROUNDS:-5}
mkdir -p out/bench
export FACTS=$PWD/out/bench/facts.tsv
rm -f "$FACTS"
gcc -O2 -Wall -Wextra -Werror bench/drive.c -o out/bench/drive -lpthread
drive=out/bench/drive
skep=out/skep

start_watch() { # options
	rm -f out/bench/talk
	$skep watch "$@" -o /dev/null 2>out/bench/talk &
	watch=$!
	until grep -qs watching out/bench/talk; do sleep 0.05; done
}
stop_watch() {
	kill -TERM "$watch"
	wait "$watch" || true
}

rm -f out/bench/*.ns
for _ in $(seq "$rounds"); do
	for state in off on; do
		[ $state = on ] && start_watch -j
		$drive getppid 3000000 >>out/bench/getppid.$state.ns
		$drive update 1000000 >>out/bench/update.$state.ns
		$drive load 5000 >>out/bench/load.$state.ns
		[ $state = on ] && stop_watch
	done
done

printf '%-28s %12s %12s %12s %8s\n' "nanoseconds a call" off on more ratio
for call in getppid update load; do
	off=$(median <out/bench/$call.off.ns)
	on=$(median <out/bench/$call.on.ns)
	case $call in
	getppid) name="unrelated (getppid)" ;;
	update) name="map update (array)" ;;
	load) name="program load (2 insns)" ;;
	esac
	awk -v n="$name" -v a="$off" -v b="$on" 'BEGIN { printf "%-28s %12.1f %12.1f %12.1f %8.2f\n", n, a, b, b - a, b / a }'
	fact "watch_$call" "$(ratio "$on" "$off")" on/off
done

echo
for threads in 2 4; do
	start_watch -j --insns
	$drive storm 10000 $threads >/dev/null
	sleep 0.5
	memory=$(awk '/VmRSS/ { r = $2 } /VmHWM/ { h = $2 }
		END { printf "%.1f MB resident, %.1f MB at most", r / 1024, h / 1024 }' "/proc/$watch/status")
	stop_watch
	echo "storm of 10000 loads, $threads threads: $(tail -n 1 out/bench/talk | sed 's/^skep: //'); $memory"
done

echo
rm -f out/bench/*.start
for _ in $(seq 20); do
	once out/bench/version.start $skep --version
	once out/bench/true.start /bin/true
	once out/bench/watch.start $skep watch --duration 1ms -o /dev/null 2>/dev/null
done
version=$(median <out/bench/version.start)
echo "start-up: skep --version $version us; watch attached and ended $(median <out/bench/watch.start) us"
fact start_up "$(ratio "$version" "$(median <out/bench/true.start)")" skep/true
echo
bench/disassemble.sh
echo
bench/explain.sh
bench/inventory.sh
echo "size: $(($(stat -c %s $skep) / 1024)) KiB"
fact size $(($(stat -c %s $skep) / 1024)) KiB

echo
"${DOTNET:-dotnet}" build bench/Skep.Filter.Bench -c Release -v quiet
out/bin/Skep.Filter.Bench/Release/net10.0/Skep.Filter.Bench

[ "${RECORD:-yes}" = no ] || bench/record.sh "$FACTS"
