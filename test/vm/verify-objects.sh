#!/bin/bash
# Holds what skep said of the objects in a machine against bpftool, the scenes, the kernel's symbols and objdump: verify-objects.sh DIRECTORY.
set -u
. "$(dirname "$0")/verdict.sh"

# check WHAT JQ [JQ-OPTION...]: JQ gives a list of complaints.
check() {
	local what=$1 program=$2
	shift 2
	complaints "$what" jq -n -r "$@" "$(cat "$here/objects.jq")"" ($program) | .[]"
}

exits "lists" 0 {prog,map,link,btf}{,-before,-after}
for kind in prog link btf; do
	check "$kind list as bpftool's" 'if $b[0] | length < 15 then ["bpftool shows only \($b[0] | length)"] else held($b[0]; $o[0]; $a[0]) end' \
		--slurpfile b $kind-before.out --slurpfile o $kind.out --slurpfile a $kind-after.out
done
# One by one: the list of bpftool 7.1 gives a map without BTF the btf_id of the map before it.
check "map list as bpftool's" 'held($t; $o[0]; $t)' --slurpfile t <(jq -s . map/*.theirs.out) --slurpfile o map.out
