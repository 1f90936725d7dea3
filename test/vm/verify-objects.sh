#!/bin/bash
# Holds what skep said of the objects in a machine against bpftool, the scenes, the kernel's symbols and objdump: verify-objects.sh DIRECTORY.
set -u
# shellcheck source=test/vm/verdict.sh
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
check "map list as bpftool's" 'held($t[0]; $o[0]; $t[0])' --slurpfile t <(cat map/*.theirs.out | jq -s .) --slurpfile o map.out
check "who holds each program of the scene" '$h[0].links as $pid | [$o[0][] | select((.name // "") | startswith("on_")) | select(any(.pids[]?; .comm == "calls") | not) | select([.pids[]?.pid] != [$pid] or .exe != "/bin/links") | "\(.id) \(.name): \({pids, exe} | tojson)"]' \
	--slurpfile h holders --slurpfile o prog.out
check "where each program is attached" '
	{on_tracepoint: "tracepoint sched_process_exec", on_raw_tp: "sched_switch", on_tp_btf: "sched_process_fork", on_fentry: "do_unlinkat", on_fexit: "do_unlinkat",
	on_lsm: "bpf_lsm_file_open", on_lsm_sleep: "bpf_lsm_bprm_committed_creds", on_lsm_cgroup: "cgroup /scene", on_fmod_ret: "security_file_permission",
	on_module: "veth_newlink of module veth", on_program: "has_replaced of program \($at.has_replaced)", on_freplace: "replaced of program \($at.has_replaced)",
	on_syscall: "__x64_sys_unlink", on_kprobe: "kprobe do_unlinkat", on_kretprobe: "kretprobe do_unlinkat", on_kprobe_multi: "do_unlinkat", on_iter: "task",
	on_cgroup_skb: "cgroup /scene", on_connect4: "cgroup /"} as $wanted
	| ($said | split("\n") | map(select(endswith(" attached")) | split(" ")[0])) as $attached
	| [$o[0][] | select(any(.pids[]?; .comm == "links"))] as $links
	| [$attached[] as $name | ($links[] | select(.name == $name)) | select($wanted[$name]) | expect($name; [.attach[].target]; [$wanted[$name]])[]]
	+ [$attached[] | select(. as $name | [$links[] | select(.name == $name and (.attach | length) == 1)] | length != 1) | "\(.) is not at one place"]' \
	--slurpfile o prog.out --rawfile said links.out --argjson at "$(jq -c '[.[] | select(.name and any(.pids[]?; .comm == "links")) | {(.name): .id}] | add' prog.out)"

exits "perf, net, cgroup, doctor" 0 perf net cgrouptree progclassic doctorhidden doctor
check "perf as bpftool's" '[$t[0][] | . as $row | select([$o[0][] | select(contains($row))] == []) | tojson]' --slurpfile o perf.out --slurpfile t perf-theirs.out
check "cgroups as bpftool's" 'if $o[0] == $t[0] then [] else ["skep: \($o[0] | tojson)", "bpftool: \($t[0] | tojson)"] end' --slurpfile o cgrouptree.out --slurpfile t cgroup-theirs.out
check "nothing is hidden" '$o[0].hidden' --slurpfile o doctorhidden.out

exits "top" 0 top
check "top counts what runs" 'expect("samples"; $s | length; 2) + (if [$s[1].programs[] | select(.name == "on_raw_tp" and .period_run_cnt > 0)] == [] then ["on_raw_tp ran not"] else [] end)' --slurpfile s top.out
exits "a tap of the ring buffer" 0 tap
check "records of the ring buffer" 'expect("records"; $r | length; 3) + [$r[] | select(.fields.comm == null or .bytes != 128) | tojson]' --slurpfile r tap.out

# What stays the same meanwhile. bpftool writes ENOTSUPP, which no libc knows, as a number, and an empty list for maps without keys.
differing=()
for map in map/*.dumped.out; do
	map=${map%.out}
	cmp -s $map-theirs.out $map-later.out && [ "$(cat $map-theirs.out)" != '[]' ] || continue
	jq -e -n --slurpfile a $map.out --slurpfile b <(sed 's/Unknown error 524/Operation is not supported/g' $map-theirs.out) '$a == $b' >/dev/null 2>&1 || differing+=("$map")
done
verdict "maps dumped as bpftool does" "${differing[@]}"

cd prog || exit 2
names() { printf '%s\n' *."$1".status | sed 's/\.status$//'; }
# shellcheck disable=SC2046 # a list of names
exits "explain, dump, decompile and cfg of all programs" 0 $(names explain) $(names xlated) $(names decompile) $(names dot) $(names svg) $(names jited) $(names code) $(names json)
differing=()
for id in *.xlated.out; do
	id=${id%.xlated.out}
	# bpftool 7.1 does not know Linux 6.10's move of a per-CPU address.
	diff -q <(sed -E 's/(r[0-9]+) = &\(void __percpu \*\)\((r[0-9]+)\)/\1 = \2/' "$id.xlated.out") "$id.xlated-theirs.out" >/dev/null || differing+=("program $id")
done
verdict "translated code as bpftool dumps it" "${differing[@]}"

# The words alone: addresses depend on where the code lies. What a call is said to go to must have that name to the kernel.
words() { sed -nE 's/^ *[0-9a-f]+:\t([a-z0-9 ]*[a-z0-9]).*/\1/p' | awk '{print $1}'; }
differing=()
for id in *.jited.out; do
	id=${id%.jited.out}
	diff -q <(words <"$id.jited.out") <(objdump -D -b binary -m i386:x86-64 --no-show-raw-insn "$id.code" 2>/dev/null | words) >/dev/null && [ -s "$id.code" ] || differing+=("program $id")
	while read -r address name; do
		grep -qE "^$address . $name(\s|$)" ../kallsyms || differing+=("program $id: $address is not $name")
	done < <(sed -nE 's/.*\tcall +0x([0-9a-f]{16}) <([A-Za-z0-9_.]+)>$/\1 \2/p' "$id.jited.out")
done
verdict "machine code as objdump reads it, calls by the kernel's symbols" "${differing[@]}"
