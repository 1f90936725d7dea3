#!/bin/bash
# Holds what skep filter said in a machine against what was sent, the counters of the network stack and of the peer, ip and bpftool: verify-filter.sh DIRECTORY.
set -u
. "$(dirname "$0")/verdict.sh"

# numbers WHAT FILE JQ WANTED: what jq makes of a JSON file.
numbers() {
	local found
	found=$(jq -c "$3" "$2" 2>&1)
	if [ "$found" = "$4" ]; then verdict "$1"; else verdict "$1" "it is $found and should be $4"; fi
}

udp_taken() { echo $(($(cut -d' ' -f2 "$1-after.udp") - $(cut -d' ' -f2 "$1-before.udp"))); }

rules='[.rules[] | {(.id): .packets}] | add'
exits "a table for the peer" 0 peer
for mode in native generic; do
	exits "$mode: every command ends well" 0 $mode-{check,apply,show,log,stats,stats-text,peer,add,set,added,del,deleted,replace,replaced,confirm,waiting,returned,live,list,remove,removed}
	numbers "$mode: the mode it tells" $mode-show.out '.devices[] | [.device, .netns, .mode]' "[\"v0\",\"inside\",\"$mode\"]"
	[ $mode = native ] && number=1 || number=2
	numbers "$mode: the mode and the program as ip tells them" $mode-link '.[0].xdp.attached | map([.mode, .prog.id])' "$(jq -c "[[$number, .devices[0].prog_id]]" $mode-show.out)"
	numbers "$mode: verdicts of 20 of each" $mode-stats.out '.actions | map_values(.packets)' '{"XDP_ABORTED":0,"XDP_DROP":35,"XDP_PASS":25,"XDP_TX":20,"XDP_REDIRECT":40}'
	numbers "$mode: bytes of the verdicts" $mode-stats.out '[.actions[].bytes] | add' 11760
	numbers "$mode: protocols" $mode-stats.out '.protocols | map_values(.packets) | [.TCP, .UDP, .ICMP]' '[40,60,20]'
	numbers "$mode: packets by rule" $mode-stats.out "$rules" '{"bad":0,"ssh":20,"dns":15,"echo":20,"cpu":20,"back":20}'
	numbers "$mode: sketches" $mode-stats.out '[.sources.top[0].source, .sources.top[0].packets, (.ports.top | length), ([.sizes[].packets] | max)]' '["10.99.0.2",120,5,120]'
	# 5 within the limit of dns, and all that cpu takes: nobody listens on either port.
	if [ "$(udp_taken $mode)" = 25 ]; then verdict "$mode: the network stack got what was passed and sent to a CPU"; else verdict "$mode: the network stack got what was passed and sent to a CPU" "$(udp_taken $mode) datagrams, not 25"; fi
	before=$([ $mode = native ] && echo 0 || jq '.rules[0].packets' before-generic.out)
	numbers "$mode: the peer got what was sent back and over" $mode-peer.out "[.rules[] | .packets - $before]" '[20,20]'
	numbers "$mode: the log" <(jq -s . $mode-log.out) 'map([.rule, .verdict, .device, .bytes]) | unique + [length]' '[["ssh","drop","v0",98],20]'
	complaints "$mode: nothing of the log is lost" sh -c "grep -qx 'skep: 20 packets shown; 20 logged, 0 of them lost' $mode-log.err || tail -n 1 $mode-log.err"
	complaints "$mode: the set after add" diff <(printf '10.99.0.2\n198.51.100.0/24\n') $mode-set.out
	numbers "$mode: an added element counts at once" $mode-added.out "$rules" '{"bad":60,"ssh":20,"dns":15,"echo":20,"cpu":20,"back":20}'
	numbers "$mode: a deleted element no more" $mode-deleted.out "$rules" '{"bad":60,"ssh":30,"dns":25,"echo":30,"cpu":30,"back":30}'
	# A limit keeps its bucket: all ten are over it.
	numbers "$mode: rules keep their counts through a replace" $mode-replaced.out "$rules" '{"web":10,"bad":60,"ssh":40,"dns":35,"echo":40,"cpu":40,"back":40}'
	exits "$mode: a second table is refused" 1 $mode-refused
	complaints "$mode: and whose the device is" sh -c "grep -q 'of table edge,' $mode-refused.err || cat $mode-refused.err; ! grep 'held by skep' $mode-refused.err"
	numbers "$mode: rules that wait" $mode-waiting.out '[.policy, (.rules | length), .returns_in > 0]' '["pass",0,true]'
	numbers "$mode: rules that return" $mode-returned.out "$rules" '{"web":20,"bad":60,"ssh":50,"dns":45,"echo":50,"cpu":50,"back":50}'
	numbers "$mode: live statistics" <(jq -s . $mode-live.out) 'map([.actions.XDP_TX.packets, .actions.XDP_TX.pps])' '[[50,0],[50,0]]'
	numbers "$mode: tables listed" $mode-list.out 'map([.table, .rules])' '[["edge",7],["peer",2]]'
	numbers "$mode: tables after remove" $mode-removed.out 'map(.table)' '["peer"]'
	numbers "$mode: no program is left" $mode-left.out 'map(.name)' '["peer"]'
	numbers "$mode: nothing is left on the device" $mode-link-left '.[0].xdp' null
done
exits "forwarding: every command ends well" 0 fib-apply fib-first fib-old fib-new fib-remove
numbers "forwarding: frames to the device" fib-first.out '.actions.XDP_REDIRECT.packets' 3
numbers "forwarding: frames to the address that it had" fib-old.out '.actions.XDP_REDIRECT.packets' 3
numbers "forwarding: frames to the address that it has" fib-new.out '.actions.XDP_REDIRECT.packets' 6
exits "packets by the reference and by the kernel" 0 test test-kernel
complaints "packets by the reference and by the kernel alike" diff test.out test-kernel.out
numbers "packets by the reference" <(jq -s . test.out) 'map(.verdict)' '["pass","drop","drop","pass","tx","redirect cpu 1","drop","redirect xsk","redirect w0","redirect fib"]'
numbers "no table is left" left.out . '[]'
numbers "no program is left at the end" progs-left . '[]'
numbers "no map is left at the end" maps-left . '[]'
