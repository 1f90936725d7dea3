#!/bin/sh
# A place to try filters in: the device skep0 (10.99.0.1), and at its other end skep1 (10.99.0.2) in the network namespace skep-demo.
#   veth.sh up | down
#   veth.sh traffic [COUNT [SECONDS]]   frames of each kind that skep1 sends to skep0, spread over the seconds
set -eu
out=$(dirname "$0")/../out
name=skep-demo

usage() {
	echo "usage: $0 up | down | traffic [COUNT [SECONDS]]" >&2
	exit 2
}

case ${1:-} in
up)
	ip netns add "$name"
	ip link add skep0 type veth peer name skep1 netns "$name"
	# Nothing but what `traffic` sends is to be counted: no IPv6 addresses, no ARP.
	ip link set skep0 addrgenmode none arp off
	ip -n "$name" link set skep1 addrgenmode none arp off
	# A veth takes frames of XDP only while it polls, which GRO makes it do. Those that XDP_TX sends back wait there for the next
	# frame to come: only an XDP program at that end is told of them at once (drivers/net/veth.c, veth_xdp_flush).
	ip netns exec "$name" ethtool -K skep1 gro on
	ip addr add 10.99.0.1/24 dev skep0
	ip -n "$name" addr add 10.99.0.2/24 dev skep1
	ip link set skep0 up
	ip -n "$name" link set skep1 up
	;;
down)
	ip link del skep0
	ip netns del "$name"
	;;
traffic)
	exec ip netns exec "$name" "$out/demo/traffic" skep1 "$(cat /sys/class/net/skep0/address)" "${2:-100}" "${3:-0}"
	;;
*)
	usage
	;;
esac
