#!/bin/bash
# Programs of other filters for `Skep.Filter.Bench rules`, loaded and attached to no traffic: loaded.sh SIZE..., a part of filter.sh.
# Prints one line per program: name, rules, and id or pin.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
. bench/subjects.sh

one_rule() {
	local address port
	read -r _ _ address _ _ port _ <"$(rules skep 1)"
	# shellcheck disable=SC2086
	by_hand "$work/one-rule.o" "-DPORT=$port" "-DADDRESS=$(printf '0x%02x%02x%02x%02x' ${address//./ })" &&
		quietly bpftool prog load "$work/one-rule.o" /sys/fs/bpf/one_rule && printf 'by hand\t1\t/sys/fs/bpf/one_rule\n'
}

for size in "$@"; do
	[ "$size" -ne 1 ] || one_rule || echo "by hand: not measured: $(reason)" >&2
	{
		echo "chain list$size BF_HOOK_XDP ACCEPT"
		cat "$(rules bpfilter "$size")"
	} >"$work/list.bpfilter"
	if has bfcli && quietly bfcli chain load --from-file "$work/list.bpfilter"; then
		printf 'bpfilter\t%s\t/sys/fs/bpf/bpfilter/list%s/bf_prog\n' "$size" "$size"
	else
		echo "bpfilter, $size rules: not measured: $(reason)" >&2
	fi
	receiver
	if start_xdp_filter "$((size + 1))"; then
		id=$(ip -n "$net" -d link show "$device" | sed -n 's/.*prog\/xdp id \([0-9]*\) .*/\1/p')
		printf 'xdp-filter\t%s\t%s\n' "$size" "$id"
	else
		echo "xdp-filter, $size rules: not measured: $(reason)" >&2
	fi
done
