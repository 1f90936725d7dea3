#!/bin/sh
# Sets xdp-filter up on a device, in a bpffs of its own: xdp-filter.sh DEVICE SIZE FILE, with the SIZE - 1 addresses of a file and port 53.
# The program goes onto the device itself: libxdp's dispatcher wants freplace, which not every kernel allows.
set -e
export LIBXDP_SKIP_DISPATCHER=1
device=$1 size=$2 addresses=$3
xdp-filter load -f ipv4,udp "$device"
xdp-filter port 53 -p udp
[ "$size" -gt 1 ] || exit 0
first=$(head -n 1 "$addresses")
xdp-filter ip -m src "$first"
map=/sys/fs/bpf/xdp-filter/filter_ipv4
# shellcheck disable=SC2046 # the parts of the address are words
value=$(bpftool -j map lookup pinned $map key $(echo "$first" | tr . ' ') |
	sed 's/.*"cpu":0,"value":\[\([^]]*\)\].*/\1/' | tr -d '"' | tr , ' ')
tail -n +2 "$addresses" |
	awk -F . -v map=$map -v value="$value" '{ print "map update pinned", map, "key", $1, $2, $3, $4, "value", value }' |
	bpftool batch file - >/dev/null
