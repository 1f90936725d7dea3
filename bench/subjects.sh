# shellcheck shell=bash
# Filters on veths, each with a network namespace of its own: sourced by the parts of filter.sh.
# No packet of a bench matches but by the last rule, which drops (UDP, port 53).

lists=out/bin/Skep.Filter.Bench/Release/net10.0/Skep.Filter.Bench
skep=${skep:?} work=${work:?}
iptables="iptables"
if command -v iptables-legacy-restore >/dev/null; then iptables="iptables-legacy"; fi
place=0

# All but the command's messages; those are kept for `reason`.
quietly() { "$@" >/dev/null 2>"$work/messages"; }

# Why the last quiet command failed, in a line.
reason() { grep -v '^info' "$work/messages" 2>/dev/null | tail -n 1 | cut -c 1-100; }

has() { command -v "$1" >/dev/null || { echo "no $1" >"$work/messages"; return 1; }; }

inside() { nsenter --net="/run/netns/$net" "$@"; }

# A receiver: $device in $net, whose NAPI is a thread on CPU 1 (with SOFTIRQ=yes none, as by default), and the other end $sender in the
# namespace `from`. Nothing else is on it.
receiver() {
	place=$((place + 1))
	net=r$place device=b$place sender=s$place table=bench$place
	[ -e /run/netns/from ] || ip netns add from
	ip netns add "$net"
	ip netns exec "$net" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip -n from link add "$sender" numtxqueues 1 numrxqueues 1 type veth \
		peer name "$device" netns "$net" numtxqueues 1 numrxqueues 1
	ip netns exec from sysctl -qw "net.ipv6.conf.$sender.disable_ipv6=1"
	ip -n "$net" link set "$device" address 52:54:00:00:00:02
	ip -n "$net" addr add 192.0.2.2/24 dev "$device"
	ip -n from link set "$sender" up
	ip -n "$net" link set "$device" up
	[ -n "${SOFTIRQ:-}" ] || threaded "$net" "$device" 1
}

# A receiver again that was made before.
choose() { place=$1 net=r$1 device=b$1 sender=s$1 table=bench$1; }

discard() {
	"$skep" filter remove "$table" >/dev/null 2>&1 || true
	if command -v bfcli >/dev/null; then bfcli chain flush --name "$table" >/dev/null 2>&1 || true; fi
	ip netns del "$net"
}

threaded() { # NAMESPACE DEVICE CPU
	local thread
	ip netns exec "$1" ethtool -K "$2" gro on
	ip netns exec "$1" sh -c "echo 1 >/sys/class/net/$2/threaded"
	for thread in $(pgrep "^napi/$2-"); do taskset -pc "$3" "$thread" >/dev/null; done
}

# Nanoseconds that the receiver's thread has run: exact while it sleeps.
processor() { # DEVICE
	local thread
	for thread in $(pgrep "^napi/$1-"); do cat "/proc/$thread/schedstat"; done | awk '{ s += $1 } END { printf "%d", s }'
}

# Waits until the receiver has nothing left to do.
settle() { # DEVICE
	local before now
	now=$(processor "$1")
	while before=$now; sleep 0.02; now=$(processor "$1"); [ "$before" != "$now" ]; do :; done
}

# A counter of a veth's only queue.
queue() { # NAMESPACE DEVICE COUNTER
	ip netns exec "$1" ethtool -S "$2" | awk -v name="rx_queue_0_$3:" '$1 == name { print $2 }'
}

# The first rules of a list, in a language: prints the file.
rules() { # LANGUAGE COUNT
	local file=$work/$1.$2
	if [ ! -e "$file" ]; then
		if [ "$2" -gt 0 ]; then "$lists" list "$1" exact "$2" >"$file"; else : >"$file"; fi
	fi
	echo "$file"
}

# How a filter is called in tables.
title() {
	case $1 in
	bare) echo "bare XDP_DROP" ;;
	bare_tx) echo "bare XDP_TX" ;;
	bare_redirect) echo "bare redirect" ;;
	none) echo "no filter" ;;
	tc) echo tc-bpf ;;
	xdp_filter) echo xdp-filter ;;
	*) echo "${1//_/ }" ;;
	esac
}

# Each filter: write_NAME SIZE prints its rules, start_NAME SIZE sets it up on the receiver, dropped_NAME prints how many it dropped.

start_bare() { quietly inside ip link set "$device" xdpdrv obj "$work/drop.o" sec xdp; }
dropped_bare() { queue "$net" "$device" xdp_drops; }

# The program of one rule written by hand: by_hand FILE OPTION...
by_hand() {
	local object=$1
	shift
	quietly clang -O2 -g -target bpf "-I/usr/include/$(uname -m)-linux-gnu" "$@" -c bench/one-rule.bpf.c -o "$object"
}
start_by_hand() { by_hand "$work/$table.o" -DPORT=53 && quietly inside ip link set "$device" xdpdrv obj "$work/$table.o" sec xdp; }
dropped_by_hand() { dropped_bare; }

start_tc() {
	quietly inside tc qdisc add dev "$device" clsact &&
		quietly inside tc filter add dev "$device" ingress bpf da obj "$work/drop.o" sec tc
}
dropped_tc() { inside tc -s qdisc show dev "$device" | sed -n 's/.*(dropped \([0-9]*\),.*/\1/p' | tail -n 1; }

write_skep() {
	echo "table $table {"
	cat "$(rules skep $(($1 - 1)))"
	echo "udp dport 53 drop"
	echo "}"
}
apply_skep() { "$skep" filter apply "$work/$table.skep" --netns "$net" --dev "$device"; }
start_skep() {
	write_skep "$1" >"$work/$table.skep"
	quietly apply_skep
}
dropped_skep() { "$skep" filter show "$table" -j | sed -n 's/.*"text":"udp dport 53 drop","packets":\([0-9]*\),.*/\1/p'; }

write_bpfilter() {
	echo "chain $table BF_HOOK_XDP{ifindex=$(index)} ACCEPT"
	cat "$(rules bpfilter $(($1 - 1)))"
	echo "rule udp.dport eq 53 counter DROP"
}
index() { ip netns exec "$net" cat "/sys/class/net/$device/ifindex"; }
start_bpfilter() {
	has bfcli || return 1
	write_bpfilter "$1" >"$work/$table.bpfilter"
	quietly inside bfcli chain set --from-file "$work/$table.bpfilter"
}
dropped_bpfilter() { bfcli chain get --name "$table" | awk '/counters/ && !/policy/ { n = $2 } END { print n + 0 }'; }

# Addresses of sources, and a port; a process for each address, so that many are put into its map as it puts the first.
# Its maps are shared by all devices of a bpffs, so that each has its own.
start_xdp_filter() {
	has xdp-filter && has bpftool || return 1
	quietly inside unshare -m sh -c "mount -t bpf bpf /sys/fs/bpf && . bench/xdp-filter.sh" xdp-filter "$device" "$1" \
		"$(rules addresses $(($1 - 1)))"
}
dropped_xdp_filter() { queue "$net" "$device" xdp_drops; }

write_nft() { # FAMILY HOOK SIZE
	echo "table $1 $table { counter dropped { }"
	echo "chain c { type filter hook $2 priority 0;"
	cat "$(rules nft $(($3 - 1)))"
	printf 'udp dport 53 counter name dropped drop\n}\n}\n'
}
start_nft_ingress() {
	has nft || return 1
	write_nft netdev "ingress device $device" "$1" >"$work/$table.nft"
	quietly inside nft -f "$work/$table.nft"
}
start_nft_input() {
	has nft || return 1
	write_nft ip input "$1" >"$work/$table.nft"
	quietly inside nft -f "$work/$table.nft"
}
dropped_nft() { inside nft list counter "$1" "$table" dropped | sed -n 's/.*packets \([0-9]*\) .*/\1/p'; }
dropped_nft_ingress() { dropped_nft netdev; }
dropped_nft_input() { dropped_nft ip; }

write_iptables() { # TABLE CHAIN SIZE
	echo "*$1"
	sed "s/^/-A $2 /" "$(rules iptables $(($3 - 1)))"
	echo "-A $2 -p udp --dport 53 -j DROP"
	echo COMMIT
}
start_iptables() { # TABLE CHAIN SIZE
	has "$iptables-restore" || return 1
	write_iptables "$@" >"$work/$table.iptables"
	quietly inside "$iptables-restore" "$work/$table.iptables"
}
start_iptables_raw() { start_iptables raw PREROUTING "$1"; }
start_iptables_input() { start_iptables filter INPUT "$1"; }
dropped_iptables() { inside "$iptables" -w -t "$1" -nvxL "$2" | awk '/DROP/ { n = $1 } END { print n }'; }
dropped_iptables_raw() { dropped_iptables raw PREROUTING; }
dropped_iptables_input() { dropped_iptables filter INPUT; }

# A set of addresses, none of which packets have.
write_skep_set() {
	rules addresses "$1" >/dev/null
	echo "table $table {"
	echo "set s { type ipv4_addr; file \"addresses.$1\" }"
	printf 'ip saddr @s drop\nudp dport 53 drop\n}\n'
}
start_skep_set() {
	write_skep_set "$1" >"$work/$table.skep"
	quietly apply_skep
}
dropped_skep_set() { dropped_skep; }

write_nft_set() {
	echo "table netdev $table { counter dropped { }"
	echo "set s { type ipv4_addr; elements = {"
	sed 's/$/,/' "$(rules addresses "$1")"
	echo "} }"
	echo "chain c { type filter hook ingress device $device priority 0;"
	printf 'ip saddr @s counter drop\nudp dport 53 counter name dropped drop\n}\n}\n'
}
start_nft_set() {
	has nft || return 1
	write_nft_set "$1" >"$work/$table.nft"
	quietly inside nft -f "$work/$table.nft"
}
dropped_nft_set() { dropped_nft netdev; }

write_bpfilter_set() {
	echo "chain $table BF_HOOK_XDP{ifindex=$(index)} ACCEPT"
	echo "set s (ip4.saddr) in {"
	cat "$(rules addresses "$1")"
	printf '}\nrule (ip4.saddr) in s counter DROP\nrule udp.dport eq 53 counter DROP\n'
}
start_bpfilter_set() {
	has bfcli || return 1
	write_bpfilter_set "$1" >"$work/$table.bpfilter"
	quietly inside bfcli chain set --from-file "$work/$table.bpfilter"
}
dropped_bpfilter_set() { dropped_bpfilter; }
