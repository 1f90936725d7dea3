#!/bin/bash
# What a core drops behind a veth, and what it sends on: rates.sh, a part of filter.sh (SIZES, LARGE, ADDRESSES).
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
. bench/subjects.sh
. bench/rounds.sh

clang -O2 -target bpf -c bench/drop.bpf.c -o "$work/drop.o"
add bare 0
add tc 0
add by_hand 1
for size in $SIZES; do
	for filter in skep xdp_filter bpfilter nft_ingress nft_input iptables_raw iptables_input; do add "$filter" "$size"; done
done
# What others go through one by one is not worth a wait there.
for size in $LARGE; do add skep "$size"; done
for filter in skep_set nft_set bpfilter_set; do add "$filter" "$ADDRESSES"; done
turns
results "one core drops" drop

# A rule that sends on, and none before it.
one_rule() {
	printf 'table %s {\n%s\n}\n' "$table" "$1" >"$work/$table.skep"
	quietly apply_skep
}
one_nft_rule() {
	has nft || return 1
	printf 'table netdev %s { counter dropped { }\nchain c { type filter hook ingress device %s priority 0;\n%s\n}\n}\n' \
		"$table" "$device" "udp dport 53 counter name dropped $1" >"$work/$table.nft"
	quietly inside nft -f "$work/$table.nft"
}
count_skep_rule() { "$skep" filter show "$table" -j | sed -n 's/.*"text":"udp dport 53 [^"]*","packets":\([0-9]*\),.*/\1/p'; }

# What arrives at the far end is dropped there, by a program: without one, a veth does not wake the NAPI that frames of TX are for.
far_end() { # DEVICE
	threaded from "$1" 0
	nsenter --net=/run/netns/from ip link set "$1" xdpdrv obj "$work/drop.o" sec xdp
}

# TX: back to the sender.
start_bare_tx() {
	far_end "$sender"
	quietly inside ip link set "$device" xdpdrv obj "$work/drop.o" sec xdp_tx
}
start_skep_tx() {
	far_end "$sender"
	one_rule "udp dport 53 swap ether,ip,udp tx"
}
# xdp_tx counts those that the other end took.
dropped_bare_tx() { echo $(($(queue "$net" "$device" xdp_tx) + $(queue "$net" "$device" xdp_tx_errors))); }
dropped_skep_tx() { count_skep_rule; }
far_bare_tx() { queue from "$sender" xdp_packets; }
far_skep_tx() { far_bare_tx; }

echo
add bare_tx 0
add skep_tx 1
turns
results "sent back (TX)" tx "   arrived"

# REDIRECT: out of a second veth.
second() {
	ip -n "$net" link add "out$place" numtxqueues 1 numrxqueues 1 type veth peer name "far$place" netns from \
		numtxqueues 1 numrxqueues 1
	ip netns exec from sysctl -qw "net.ipv6.conf.far$place.disable_ipv6=1"
	ip -n from link set "far$place" up
	ip -n "$net" link set "out$place" up
	far_end "far$place"
}
start_bare_redirect() {
	second
	clang -O2 -target bpf -D "TARGET=$(ip netns exec "$net" cat "/sys/class/net/out$place/ifindex")" -c bench/drop.bpf.c \
		-o "$work/redirect.o"
	quietly inside ip link set "$device" xdpdrv obj "$work/redirect.o" sec xdp_redirect
}
start_skep_redirect() {
	second
	one_rule "udp dport 53 redirect out$place"
}
start_nft_fwd() {
	second
	one_nft_rule "fwd to \"out$place\""
}
start_nft_dup() {
	second
	one_nft_rule "dup to \"out$place\" drop"
}
dropped_bare_redirect() { queue "$net" "$device" xdp_redirect; }
dropped_skep_redirect() { count_skep_rule; }
dropped_nft_fwd() { dropped_nft netdev; }
dropped_nft_dup() { dropped_nft netdev; }
far_bare_redirect() { queue from "far$place" xdp_packets; }
far_skep_redirect() { far_bare_redirect; }
far_nft_fwd() { far_bare_redirect; }
far_nft_dup() { far_bare_redirect; }

echo
add bare_redirect 0
add skep_redirect 1
add nft_fwd 1
add nft_dup 1
turns
results "redirected" redirect "   arrived"
echo "$iptables $("$iptables" --version | sed 's/.*\(v[0-9.]*\).*/\1/')"
