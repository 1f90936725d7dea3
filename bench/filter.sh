#!/bin/bash
# What filters cost, side by side: filter.sh [PART...], by default all of
#   rules    nanoseconds a packet against the number of rules (BPF_PROG_RUN)
#   rates    packets a second that one core drops behind a veth, sends back, redirects
#   loads    time and memory to load and to update
#   latency  of passing traffic
# QUICK=1 takes fewer sizes and less time, and keeps no results, as RECORD=no. Wants root, two CPUs and a quiet machine.
# Other filters take part when their command is there. Only ratios within one run mean anything.
set -eu
cd "$(dirname "$0")/.."

# Names of network namespaces, pins and Skep's state are in a mount namespace of its own, and end with it.
[ -n "${BENCH_APART:-}" ] || exec env BENCH_APART=1 unshare --mount --propagation private "bench/${0##*/}" "$@"
mkdir -p /run/netns /run/skep out/bench
mount -t tmpfs -o mode=0755 tmpfs /run/netns
mount -t tmpfs -o mode=0700 tmpfs /run/skep
mount -t bpf bpf /sys/fs/bpf

. bench/common.sh
skep=$(realpath "${SKEP:-out/skep}")
work=$(mktemp -d)
export skep work FACTS=${FACTS:-$PWD/out/bench/filter.tsv} QUICK=${QUICK:-}
rm -f "$FACTS"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

defaults() { # NAME VALUE...: for what is not set
	while [ $# -gt 0 ]; do
		export "$1=${!1:-$2}"
		shift 2
	done
}
if [ -n "$QUICK" ]; then
	RECORD=no
	defaults LISTS "1 10 100 1000 10000" SHAPES 1000 SIZES "1 1000" LARGE "" ADDRESSES 100000 LOADS "1000 10000" \
		ROUNDS 3 SECONDS_A_ROUND 0.5
else
	defaults LISTS "1 10 100 1000 10000 100000 1000000" SHAPES "1000 10000 100000" SIZES "1 100 1000 10000" LARGE 100000 \
		ADDRESSES 1000000 LOADS "1000 10000 100000 1000000" ROUNDS 7 SECONDS_A_ROUND 1
fi

"${DOTNET:-dotnet}" build bench/Skep.Filter.Bench -c Release -v quiet >"$work/build" 2>&1 || { cat "$work/build" >&2; exit 1; }

costs_of=out/bin/Skep.Filter.Bench/Release/net10.0/Skep.Filter.Bench

rules_part() {
	echo "ns a packet above an empty program"
	# shellcheck disable=SC2086
	bench/loaded.sh $LISTS >"$work/others"
	# shellcheck disable=SC2086
	"$costs_of" rules $LISTS --other "$work/others"
	echo
	# shellcheck disable=SC2086
	"$costs_of" shapes $SHAPES
}

[ $# -gt 0 ] || set -- rules rates loads latency
all=$#
for part in "$@"; do
	case $part in
	rules) rules_part ;;
	rates | loads | latency) "bench/$part.sh" ;;
	*) echo "usage: filter.sh [rules] [rates] [loads] [latency]" >&2; exit 2 ;;
	esac
	ip -all netns delete
	rm -rf /sys/fs/bpf/bpfilter
	echo
done

# Results of some parts would stand in the place of a whole run's.
[ "${RECORD:-yes}" != no ] && [ "$all" -eq 4 ] || exit 0
file=$(bench/record.sh "$FACTS" bench/results/filter)
echo "$file"
"$costs_of" plots "$file" docs/pictures
