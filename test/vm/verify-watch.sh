#!/bin/bash
# Holds what watch said in a machine against bpftool, the process's own verifier logs and the object file:
# verify-watch.sh DIRECTORY.
set -u
. "$(dirname "$0")/verdict.sh"
object=$(realpath "$here/../../out/demo/ringbuf_submit.bpf.o")

# check SCENE WHAT JQ [JQ-OPTION...]: JQ gives a list of complaints.
check() {
	local scene=$1 what=$2 program=$3 said list
	shift 3
	for list in prog map link perf; do
		[ -s "$scene.$list" ] || echo '[]' >"$scene.$list"
	done
	if ! said=$(jq -n -r --slurpfile events "$scene.json" --slurpfile b before.prog --slurpfile p "$scene.prog" --slurpfile m "$scene.map" \
		--slurpfile l "$scene.link" --slurpfile f "$scene.perf" "$@" \
		'$b[0] as $before | $p[0] as $prog | $m[0] as $map | $l[0] as $link | $f[0] as $perf | '"$(cat "$here/watch.jq")"" ($program) | .[]" 2>&1); then
		said="not to be read: $said"
	fi
	mapfile -t complaints < <([ -z "$said" ] || echo "$said")
	verdict "$scene: $what" "${complaints[@]}"
}

# What holds in every scene.
check_scene() {
	local scene=$1
	if [ "$(cat "$scene.status" 2>/dev/null)" = 0 ]; then verdict "$scene: ends well"; else verdict "$scene: ends well" "exit code $(cat "$scene.status" 2>&1)" "$(tail -n 3 "$scene.err")"; fi
	if grep -qE '^skep: [1-9][0-9]* events captured, 0 lost(, [0-9]+ shown)?(; [0-9]+ element operations counted)?$' "$scene.err"; then
		verdict "$scene: nothing is lost"
	else
		verdict "$scene: nothing is lost" "$(tail -n 1 "$scene.err")"
	fi
	check "$scene" "bpftool has looked" 'if [$map[], $prog[]] - own | map(select([.id] | inside(own_maps + known($before)) | not)) == [] then ["it showed nothing of the scene"] else [] end'
	check "$scene" "programs as bpftool shows them" programs
	check "$scene" "maps as bpftool shows them" maps
	check "$scene" "links as bpftool shows them" links
	check "$scene" "perf events as bpftool shows them" perf_events
	check "$scene" "all code is proven" proven
	check "$scene" "all code is whole" whole_code
	check "$scene" "who calls" 'identity($netns)' --argjson netns "$(cat netns)"
}

version=$(cat version)
if [ "$(cat version.status)" = 0 ] && [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]]; then verdict "skep --version"; else verdict "skep --version" "$version"; fi
release=$(sed -n 's/^skep-vm: begin //p' console | tr -d '\r')
check ringbuf "doctor" '$d[0] as $d | expect("kernel"; $d.kernel.value; $release) + expect("BTF"; $d.btf.value; "present")
	+ expect("tier"; $d.tier; 3) + expect("usable tiers"; [$d.tiers[].usable]; [false, false, true])
	+ expect("why not tiers 1 and 2"; [$d.tiers[].reason | select(.) | startswith("this kernel allows it")]; [true, true])' \
	--slurpfile d doctor.json --arg release "$release"

for scene in ringbuf calls compat links tools whole; do
	[ -s $scene.json ] && check_scene $scene || verdict "$scene: events" "none: $(tail -n 1 $scene.err)"
done

code=$(mktemp)
llvm-objcopy -O binary --only-section=tracepoint/syscalls/sys_enter_execve "$object" "$code" 2>/dev/null || objcopy -I elf64-little -O binary --only-section=tracepoint/syscalls/sys_enter_execve "$object" "$code"
insns=$(od -An -v -tx1 -w8 "$code" | tr -d ' ' | jq -R . | jq -s .)
rm -f "$code"
check ringbuf "one load of 24 instructions, those of the object" '[$events[] | select(.cmd == "prog_load" and .prog.name == "ringbuf_submit")] as $loads
	| expect("loads"; $loads | length; 1) + ($loads[0].prog
	| expect("insn_cnt"; .insn_cnt; 24) + expect("type"; .type; "tracepoint") + expect("license"; .license; "Dual BSD/GPL")
	+ expect("code"; [.insns[] | if startswith("18") then "18" else . end]; [$insns[] | if startswith("18") then "18" else . end])
	+ expect("verified_insns"; .verified_insns; (.log | capture("processed (?<n>[0-9]+) insns").n | tonumber)) + expect("log_level"; .log_level; 1))
	+ expect("exe"; $loads[0].exe; "/bin/ringbuf_submit") + expect("comm"; $loads[0].comm; "ringbuf_submit")' --argjson insns "$insns"
check ringbuf "its map" '[$events[] | select(.cmd == "map_create") | .map | del(.id)] | expect("maps"; .;
	[{type: "ringbuf", name: "ringbuf", bytes_key: 0, bytes_value: 0, max_entries: 65536, flags: 0}])'
check ringbuf "its link" 'expect("links"; [$events[] | select(.link.id) | .link | del(.id, .prog_id)];
	[{type: "perf_event", attach_type: "perf_event", target: "tracepoint syscalls/sys_enter_execve"}])'

for log in short_log long_log; do
	check calls "a refused load and its log, $log" '[$events[] | select(.cmd == "prog_load" and .prog.name == $name)] | expect("loads"; length; 1)
		+ expect("error"; .[0].error; "EACCES") + expect("log"; .[0].prog.log; $log) + expect("capture"; .[0].prog.capture; "consistent")' \
		--arg name $log --rawfile log $log.log
done
check calls "element operations" 'expect("counts"; [$events[] | select(.count) | select(.map.name == "counted") | [.cmd, .count, .errors]] | group_by(.[0])
	| map([.[0][0], (map(.[1]) | add), (map(.[2]) | add)]); [["map_delete_elem", 7, 0], ["map_lookup_elem", 10, 5], ["map_update_elem", 1000, 0]])'
check whole "element operations one by one" 'expect("counts"; [$events[] | select(.cmd | startswith("map_")) | [.cmd, .error]] | group_by(.) | map([.[0][0], .[0][1], length]);
	[["map_create", null, 1], ["map_delete_elem", null, 7], ["map_lookup_elem", null, 5], ["map_lookup_elem", "ENOENT", 5], ["map_update_elem", null, 1000]])
	+ expect("the last key"; [$events[] | select(.cmd == "map_update_elem") | .key][-1]; "e7030000")'

# The filters of scenes/calls.c, as struct sock_filter lies in memory.
for scene in calls compat; do
	check $scene "classic code" '["8000000000000000", "1600000000000000"] as $packet
		| ["2000000000000000", "15000001ffff0000", "060000000000fc7f", "060000000000ff7f"] as $seccomp
		| expect("attaches"; [$events[] | select(.attach.insns) | [.cmd, .attach.insns]] | unique;
		[["pr_set_seccomp", $seccomp], ["seccomp_set_mode_filter", $seccomp], ["so_attach_filter", $packet], ["so_attach_reuseport_cbpf", $packet]] | sort)
		+ expect("detaches"; [$events[] | select(.attach.detach) | .cmd]; ["so_detach_filter"])
		+ expect("the attached program"; [$events[] | select(.cmd == "so_attach_bpf") | .attach.prog_id]; [$events[] | select(.prog.name == "attached") | .prog.id])'
	check $scene "32-bit calls" 'expect("the map"; [$events[] | select(.cmd == "map_create" and .map.name == "compat_map") | [.map.bytes_value, .map.max_entries, .note]]; [[12, 3, "a 32-bit system call"]])
		+ expect("the program"; [$events[] | select(.prog.name == "compat_program") | [.prog.insn_cnt, .prog.capture, .note, (.prog.map_ids | length)]]; [[4, "proven", "a 32-bit system call", 1]])
		+ expect("the filter"; [$events[] | select(.cmd == "so_attach_filter" and .note == "a 32-bit system call") | .attach.insn_cnt] | unique; [2])'
done
check calls "a clock attached by ioctl" '[$events[] | select(.prog.name == "on_clock") | .prog.id] as $clock
	| expect("target"; [$events[] | select(.attach.prog_id and .attach.prog_id == $clock[0]) | .attach.target]; ["perf event software config 0"])'

# The kernels that lack a kind of link say so, and then it is an event with an error.
check links "what each is attached to" '
	{on_tracepoint: "tracepoint sched/sched_process_exec", on_raw_tp: "sched_switch", on_tp_btf: "sched_process_fork", on_fentry: "do_unlinkat", on_fexit: "do_unlinkat",
	on_lsm: "bpf_lsm_file_open", on_lsm_sleep: "bpf_lsm_bprm_committed_creds", on_lsm_cgroup: "cgroup /scene", on_fmod_ret: "security_file_permission",
	on_module: "veth_newlink", on_program: "has_replaced", on_freplace: "replaced", on_syscall: "__x64_sys_unlink", on_clock: "perf event software config 0",
	on_uprobe_multi: "/bin/links", on_iter_map: "bpf_map_elem", on_netfilter: "netns \($netns)", on_kprobe: "kprobe do_unlinkat", on_kretprobe: "kretprobe do_unlinkat", on_kprobe_multi: "1 function", on_iter: "task",
	on_xdp: "lo (ifindex 1, netns \($netns))", on_cgroup_skb: "cgroup /scene", on_connect4: "cgroup /", on_sk_lookup: "netns \($netns)", on_dissector: "netns \($netns)",
	on_tcx: "lo (ifindex 1, netns \($netns))"} as $wanted
	| [$events[] | select(.cmd == "prog_load" and .prog.name) | {key: .prog.id | tostring, value: .prog.name}] | from_entries as $names
	| [$events[] | select(.link.id) | {key: $names[.link.prog_id | tostring], value: .link.target}] | from_entries as $found
	| ($said | split("\n") | map(select(endswith(" attached")) | split(" ")[0])) as $attached
	| expect("the attached"; $found | keys; $attached | sort) + [$attached[] | select($wanted[.]) | expect(.; $found[.]; $wanted[.])[]]
	+ [$attached[] | select(. == "on_uprobe" or . == "on_uretprobe") | select($found[.] | test("^u(ret)?probe /bin/links[+]0x[0-9a-f]+$") | not) | "\(.) is on \($found[.])"]
	+ (if $attached | length < 22 then ["only \($attached) attached"] else [] end)' --rawfile said links.out --argjson netns "$(cat netns)"
check links "the cgroup of a link" '[$link[] | select(.cgroup_id == $cgroup) | .id] as $ids
	| expect("target"; [$events[] | select(.link.id and .link.id == $ids[0]) | .link.target]; ["cgroup /scene"])' --argjson cgroup "$(cat cgroup)"
check tools "each tool has loaded" 'expect("tools"; [$events[] | select(.cmd == "prog_load" and .link == null and .comm != "bpftool") | .comm] | unique; $tools | split("\n") | map(select(. != "")) | unique)' \
	--rawfile tools <(sed -n "s/^tools='\(.*\)'$/\1/p" "$here/play-watch" | tr ';' '\n' | cut -d' ' -f1)
