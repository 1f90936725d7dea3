#!/bin/bash
# What it takes to load rules and to change them, by each filter's own command: loads.sh, a part of filter.sh (LOADS, ADDRESSES).
# Time from start to end of the command, and its most memory; what the kernel keeps is not in that. "replace all" is the whole list again,
# in one step; "add one" is the median of several commands, one after the other.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
. bench/subjects.sh
gcc -O2 -Wall -Wextra -Werror bench/spend.c -o "$work/spend"

# Runs a command on the receiver N times, with the number of the time for {}: the medians of milliseconds and MB; "- -" when it fails.
spent() { # N COMMAND ARG...
	local i times=$1
	shift
	rm -f "$work/spent"
	for i in $(seq "$times"); do
		quietly inside "$work/spend" "$work/spent" "${@//\{\}/$i}" || { echo "- -"; return; }
	done
	echo "$(awk '{ print $1 / 1000 }' "$work/spent" | median) $(awk '{ print $2 / 1024 }' "$work/spent" | median)"
}

show() { # NAME SIZE LOAD REPLACE ONE: each milliseconds and MB, or - and -
	local i kind=(load replace one) name=$1 size=$2 line words
	shift 2
	line=$(printf '%-16s %9s' "$name" "$size")
	if [ "$1" = "- -" ]; then
		echo "$line  not measured: $(reason)"
		return
	fi
	for i in 0 1 2; do
		read -r -a words <<<"$1"
		shift
		if [ "${words[0]}" = - ]; then
			line+=$(printf ' %10s %7s' - -)
			continue
		fi
		line+=$(printf ' %10.1f %7.0f' "${words[@]}")
		fact "filter_load_${name// /_}_${size}_${kind[i]}_time" "${words[0]}" ms
		fact "filter_load_${name// /_}_${size}_${kind[i]}_memory" "${words[1]}" MB
	done
	echo "$line"
}

load_skep() {
	local apply=("$skep" filter apply "$work/$table.skep" --dev "$device") load replace="- -" one="- -"
	write_skep "$1" >"$work/$table.skep"
	load=$(spent 1 "${apply[@]}")
	if [ "$load" != "- -" ] && [ "$1" -le 100000 ]; then
		replace=$(spent 1 "${apply[@]}")
		one=$(spent 3 "$skep" filter rule add "$table" "ip saddr 198.51.100.{} udp dport 9 drop")
	fi
	show skep "$1" "$load" "$replace" "$one"
}

load_nft() {
	local load replace
	[ "$1" -le 100000 ] && has nft || return 0
	write_nft netdev "ingress device $device" "$1" >"$work/$table.nft"
	{ echo "delete table netdev $table"; cat "$work/$table.nft"; } >"$work/$table.again"
	load=$(spent 1 nft -f "$work/$table.nft")
	replace=$(spent 1 nft -f "$work/$table.again")
	show nft "$1" "$load" "$replace" "$(spent 5 nft add rule netdev "$table" c ip saddr "198.51.100.{}" udp dport 9 counter drop)"
}

load_iptables() {
	local load replace
	[ "$1" -le 100000 ] && has "$iptables-restore" || return 0
	write_iptables raw PREROUTING "$1" >"$work/$table.iptables"
	load=$(spent 1 "$iptables-restore" "$work/$table.iptables")
	replace=$(spent 1 "$iptables-restore" "$work/$table.iptables")
	show iptables "$1" "$load" "$replace" \
		"$(spent 5 "$iptables" -w -t raw -A PREROUTING -s "198.51.100.{}" -p udp --dport 9 -j DROP)"
}

load_bpfilter() {
	local load replace="- -"
	[ "$1" -le 10000 ] && has bfcli || return 0
	write_bpfilter "$1" >"$work/$table.bpfilter"
	load=$(spent 1 bfcli chain set --from-file "$work/$table.bpfilter")
	[ "$load" = "- -" ] || replace=$(spent 1 bfcli chain update --name "$table" --from-file "$work/$table.bpfilter")
	show bpfilter "$1" "$load" "$replace" "- -"
}

# Each address is a process of its own.
load_xdp_filter() {
	local load
	[ "$1" -le 1000 ] && has xdp-filter || return 0
	export LIBXDP_SKIP_DISPATCHER=1
	load=$(spent 1 sh -ec "xdp-filter load -f ipv4,udp $device; xdp-filter port 53 -p udp
		while read -r address; do xdp-filter ip -m src \$address; done <$(rules addresses "$(($1 - 1))")")
	show xdp-filter "$1" "$load" "- -" "$(spent 5 xdp-filter ip -m src "198.51.100.{}")"
	quietly inside xdp-filter unload "$device" || true
}

load_sets() { # SIZE
	local load
	receiver
	write_skep_set "$1" >"$work/$table.skep"
	load=$(spent 1 "$skep" filter apply "$work/$table.skep" --dev "$device")
	show "skep set" "$1" "$load" "$(spent 1 "$skep" filter apply "$work/$table.skep" --dev "$device")" \
		"$(spent 5 "$skep" filter set add "$table" s "198.51.100.{}")"
	discard
	if has nft; then
		receiver
		write_nft_set "$1" >"$work/$table.nft"
		{ echo "delete table netdev $table"; cat "$work/$table.nft"; } >"$work/$table.again"
		load=$(spent 1 nft -f "$work/$table.nft")
		show "nft set" "$1" "$load" "$(spent 1 nft -f "$work/$table.again")" \
			"$(spent 5 nft add element netdev "$table" s "{ 198.51.100.{} }")"
		discard
	fi
	has bfcli || return 0
	receiver
	write_bpfilter_set "$1" >"$work/$table.bpfilter"
	load=$(spent 1 bfcli chain set --from-file "$work/$table.bpfilter")
	show "bpfilter set" "$1" "$load" "$(spent 1 bfcli chain update --name "$table" --from-file "$work/$table.bpfilter")" \
		"$(spent 5 bfcli chain update-set --name "$table" --set-name s --add "198.51.100.{}")"
	discard
}

printf '%-16s %9s %18s %18s %18s\n' "load and update" rules load "replace all" "add one"
printf '%-16s %9s %10s %7s %10s %7s %10s %7s\n' "" "" ms MB ms MB ms MB
for size in $LOADS; do
	for filter in skep nft iptables bpfilter xdp_filter; do
		receiver
		"load_$filter" "$size"
		discard
	done
done
load_sets "$ADDRESSES"
