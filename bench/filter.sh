#!/bin/bash
# What filters cost, side by side: nanoseconds a packet against the number of rules (BPF_PROG_RUN), and packets a second that one core
# drops behind a veth. QUICK=1 takes fewer sizes and less time; RECORD=no keeps no results. Wants root, two CPUs and a quiet machine.
# Other filters take part when their command is there. Only ratios within one run mean anything.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
skep=$(realpath "${SKEP:-out/skep}")
mkdir -p out/bench
export FACTS=${FACTS:-$PWD/out/bench/filter.tsv}
rm -f "$FACTS"
if [ -n "${QUICK:-}" ]; then
	lists="1 10 100 1000 10000" sizes="1 1000" addresses=100000 seconds=1
else
	lists="1 10 100 1000 10000 100000 1000000" sizes="1 100 1000 10000" addresses=1000000 seconds=2
fi
from=skep-bench-from-$$ to=skep-bench-to-$$ work=$(mktemp -d)

cleanup() {
	[ ! -e "/run/netns/$to" ] || "$skep" filter remove bench 2>/dev/null || true
	ip netns del "$from" 2>/dev/null || true
	ip netns del "$to" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

echo "ns a packet above an empty program"
"${DOTNET:-dotnet}" build bench/Skep.Filter.Bench -c Release -v quiet >"$work/build" 2>&1 || { cat "$work/build" >&2; exit 1; }
# shellcheck disable=SC2086
out/bin/Skep.Filter.Bench/Release/net10.0/Skep.Filter.Bench rules $lists

inside() { ip netns exec "$to" "$@"; }
ip netns add "$from"
ip netns add "$to"

# A fresh pair for each filter: nothing of the one before is left. The receiver's NAPI is a thread on CPU 1, the sender runs on CPU 0.
pair() {
	ip -n "$from" link del b0 2>/dev/null || true
	ip -n "$from" link add b0 type veth peer name b1 netns "$to"
	ip -n "$to" link set b1 address 52:54:00:00:00:02
	ip -n "$from" link set b0 up
	ip -n "$to" addr add 192.0.2.2/24 dev b1
	ip -n "$to" link set b1 up
	inside ethtool -K b1 gro on
	inside sh -c 'echo 1 > /sys/class/net/b1/threaded'
	for thread in $(pgrep '^napi/b1-'); do taskset -pc 1 "$thread" >/dev/null; done
}

# Packets a second that the receiver takes while the sender sends more than that.
million() {
	taskset -c 0 ip netns exec "$from" "$skep" gen b0 --packet 'udp 192.0.2.1:5 > 192.0.2.2:53' \
		--range saddr=192.0.2.10-192.0.2.250 --time "${seconds}s" -j 2>/dev/null |
		sed -n 's/.*"packets_per_second":\([0-9.]*\).*/\1/p' | awk '{ printf "%.3f", $1 / 1e6 }'
}

# Rule N of a list that no packet matches; the last one of each list drops all.
each() {
	awk -v n="$(($1 - 1))" -v f="$2" 'BEGIN {
		for (i = 0; i < n; i++) printf f "\n", 10 + int(i / 65536) % 100, int(i / 256) % 256, i % 256, 1000 + i % 9000 }'
}

measure() { # NAME SIZE
	local rate
	rate=$(million)
	[ -n "$bare" ] || bare=$rate
	printf '%-16s %8s %9s %7s\n' "$1" "$2" "$rate" "$(ratio "$rate" "$bare")"
	fact "filter_drop_${1// /_}_$2" "$(ratio "$rate" "$bare")" to_bare_drop
}

echo
printf '%-16s %8s %9s %7s\n' "one core drops" rules Mpps ratio
clang -O2 -target bpf -c bench/drop.bpf.c -o "$work/drop.o"
bare=
pair
nsenter --net="/run/netns/$to" ip link set b1 xdpdrv obj "$work/drop.o" sec xdp
measure "bare XDP_DROP" 0
pair
inside tc qdisc add dev b1 clsact
nsenter --net="/run/netns/$to" tc filter add dev b1 ingress bpf da obj "$work/drop.o" sec tc
measure "tc-bpf" 0
for size in $sizes; do
	pair
	{
		echo "table bench {"
		each "$size" 'ip saddr %d.%d.%d.1 udp dport %d drop'
		echo "udp dport 53 drop"
		echo "}"
	} >"$work/bench.skep"
	"$skep" filter apply "$work/bench.skep" --netns "$to" --dev b1 >/dev/null 2>&1
	measure skep "$size"
	"$skep" filter remove bench >/dev/null 2>&1
	# A process for each address: a thousand of them take seconds.
	if command -v xdp-filter >/dev/null && [ "$size" -le 1000 ]; then
		pair
		nsenter --net="/run/netns/$to" sh -c "set -e
			xdp-filter load -f ipv4,udp b1
			for i in \$(seq 2 $size); do xdp-filter ip 10.0.\$((i / 256)).\$((i % 256)) -m src; done
			xdp-filter port 53 -p udp" >/dev/null 2>&1 && measure xdp-filter "$size" || echo "xdp-filter: not measured"
		nsenter --net="/run/netns/$to" xdp-filter unload b1 >/dev/null 2>&1 || true
	fi
	if command -v nft >/dev/null; then
		for hook in "ingress device b1" input; do
			pair
			[ "$hook" = input ] && family=ip || family=netdev
			{
				echo "table $family bench { chain c { type filter hook $hook priority 0;"
				each "$size" 'ip saddr %d.%d.%d.1 udp dport %d drop'
				printf "udp dport 53 drop\n}\n}\n"
			} >"$work/bench.nft"
			inside nft -f "$work/bench.nft"
			measure "nft ${hook%% *}" "$size"
			inside nft delete table "$family" bench
		done
	fi
	if command -v iptables-restore >/dev/null; then
		for place in "raw PREROUTING" "filter INPUT"; do
			pair
			{
				echo "*${place% *}"
				each "$size" "-A ${place#* } -s %d.%d.%d.1 -p udp --dport %d -j DROP"
				echo "-A ${place#* } -p udp --dport 53 -j DROP"
				echo COMMIT
			} >"$work/bench.iptables"
			inside iptables-restore "$work/bench.iptables"
			measure "iptables ${place% *}" "$size"
			echo "*${place% *}
COMMIT" | inside iptables-restore
		done
	fi
done

pair
each "$addresses" '%d.%d.%d.1' | awk '!seen[$0]++' >"$work/feed"
{
	echo 'table bench {'
	echo 'set s { type ipv4_addr; file "feed" }'
	printf 'ip saddr @s drop\nudp dport 53 drop\n}\n'
} >"$work/bench.skep"
"$skep" filter apply "$work/bench.skep" --netns "$to" --dev b1 >/dev/null 2>&1
measure "skep set" "$addresses"
"$skep" filter remove bench >/dev/null 2>&1

[ "${RECORD:-yes}" = no ] || bench/record.sh "$FACTS" bench/results/filter
