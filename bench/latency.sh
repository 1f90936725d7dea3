#!/bin/bash
# How long a datagram takes over a veth to an echo and back, a filter before the echo that passes it: latency.sh, a part of filter.sh
# (SIZES, ROUNDS). The side that asks is on CPU 0, the echo on CPU 1; packets are received in the softirq of who sends. Filters take turns.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
. bench/subjects.sh
gcc -O2 -Wall -Wextra -Werror bench/pingpong.c -o "$work/pingpong"
SOFTIRQ=yes asked=$((ROUNDS * 1000))
names=() sizes=() places=() missing=() echoes=()
trap '[ ${#echoes[@]} -eq 0 ] || kill "${echoes[@]}" 2>/dev/null || true' EXIT
trap 'exit 1' INT TERM

start_none() { :; }

add() { # NAME SIZE
	receiver
	if ! "start_$1" "$2"; then
		missing+=("$(printf '%-16s %9s  not measured: %s' "$(title "$1")" "$2" "$(reason)")")
		discard
		return
	fi
	ip -n from addr add "198.18.$place.1/24" dev "$sender"
	ip -n "$net" addr add "198.18.$place.2/24" dev "$device"
	nsenter --net="/run/netns/$net" taskset -c 1 "$work/pingpong" echo 7 &
	echoes+=($!)
	names+=("$1") sizes+=("$2") places+=("$place")
}

add none 0
for size in $SIZES; do
	for filter in skep xdp_filter bpfilter nft_ingress nft_input iptables_raw iptables_input; do add "$filter" "$size"; done
done
for _ in $(seq "$ROUNDS"); do
	for i in "${!names[@]}"; do
		taskset -c 0 ip netns exec from "$work/pingpong" ask "198.18.${places[i]}.2" 7 "$asked" >>"$work/asked.$i" 2>/dev/null ||
			echo failed >>"$work/asked.$i"
	done
done
printf '%-16s %9s %10s %10s\n' "echo over a veth" rules "p50 us" "p99 us"
for i in "${!names[@]}"; do
	name=$(title "${names[i]}")
	if grep -q failed "$work/asked.$i"; then
		missing+=("$(printf '%-16s %9s  not measured: not every datagram was answered' "$name" "${sizes[i]}")")
		continue
	fi
	middle=$(awk '{ print $1 / 1000 }' "$work/asked.$i" | median)
	worst=$(awk '{ print $2 / 1000 }' "$work/asked.$i" | median)
	printf '%-16s %9s %10.1f %10.1f\n' "$name" "${sizes[i]}" "$middle" "$worst"
	fact "filter_latency_${name// /_}_${sizes[i]}_p50" "$middle" us
	fact "filter_latency_${name// /_}_${sizes[i]}_p99" "$worst" us
done
[ ${#missing[@]} -eq 0 ] || printf '%s\n' "${missing[@]}"
kill "${echoes[@]}"
wait 2>/dev/null || true
echoes=()
for i in "${places[@]}"; do
	choose "$i"
	discard
done
