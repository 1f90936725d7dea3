#!/bin/bash
# How far rules can change where packets go: redirect.sh netns|guests [PHASE...]
# Runs each case of study/cases between four machines, a (sender), r (router), b and c (receivers), observes each by tcpdump, and writes
# what arrived where to study/results/PLACE.tsv. `netns`: network namespaces of this machine. `guests`: virtual machines, with a kernel
# as for test/vm/kernel.sh (KERNEL=6.12). Needs root; nothing leaves the namespaces and the machines' private links.
set -eu
cd "$(dirname "$0")/.."
[ -n "${STUDY_INSIDE:-}" ] || STUDY_INSIDE=1 exec unshare -m -n "$0" "$@"
place=${1:?netns or guests}
shift
[ $# -gt 0 ] || set -- none skep-bare skep-native skep-generic nft iptables tc
files=$PWD/out/study/files
out=${RESULTS:-study/results}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/skep-study.XXXXXX")
# shellcheck disable=SC2034 # of the places
machines=() version=
export PLACE=$place COUNT=${COUNT:-20} WORK=$scratch
export MAC_A=52:54:00:00:0a:01 MAC_B=52:54:00:00:0b:01 MAC_C=52:54:00:00:0c:01
export MAC_R0=52:54:00:00:00:10 MAC_R1=52:54:00:00:00:11 MAC_R2=52:54:00:00:00:12
# The rates are of these cases, in each phase that can do them.
rated="pass dev-mac fib"

private_mounts() {
	mkdir -p /run/skep /run/netns
	mount -t tmpfs -o mode=0755 tmpfs /run/netns
	mount -t tmpfs -o mode=0700 tmpfs /run/skep
	mount -t sysfs sysfs /sys
	mount -t bpf bpf /sys/fs/bpf
	mount -t tracefs tracefs /sys/kernel/tracing
	ip link set lo up
}

# The files of all machines, from study/cases.
prepare() {
	mkdir -p "$files"
	gcc -O2 -Wall -Wextra -Werror -static study/frames.c -o "$files/frames"
	gcc -O2 -Wall -static test/Skep.EndToEnd/Programs/xsk.c -o "$files/xsk"
	cp out/skep study/{frames,hex,trace}.awk "$files/"
	install -m 755 study/machine.sh "$files/machine.sh"
	awk -v out="$files" -f study/cases.awk study/cases
}

machine() { # ROLE VERB [PHASE]
	at "$1" "PLACE=$PLACE COUNT=$COUNT WORK=$WORK MAC_A=$MAC_A MAC_B=$MAC_B MAC_C=$MAC_C MAC_R0=$MAC_R0 MAC_R1=$MAC_R1 MAC_R2=$MAC_R2" \
		"bash \$STUDY/machine.sh" "$@" || echo "study: $*: code $?" >&2
}

# Puts the phase and the machine before each line.
raw() { sed -n "s/^\(arrived\|counted\|why\|says\|error\)[ \t]/$1\t$2\t\1\t/p" | tee -a "$raw" >/dev/null; }

phase() {
	local role
	echo "$(date +%T) $place $1" >&2
	# The router last: its table finds out when it is applied which devices can send.
	for role in a b c r; do machine $role begin "$1" | raw "$1" $role; done
	machine a send "$1"
	for role in a b c; do machine $role end "$1" | raw "$1" $role; done
	machine r end "$1" | raw "$1" r
	[ "$1" = iptables ] || rates "$1"
	for role in r a b c; do machine $role clear "$1"; done
}

# "rate CASE SENT RECEIVED SECONDS" (processor time of the sender), and "latency RECEIVED MIN MEDIAN P90".
rates() {
	local name number before after sent
	printf '%s\ta\tlatency\t%s\n' "$1" "$(machine a ping | tr ' ' '\t')" >>"$raw"
	for name in $rated; do
		number=$(awk -F '\t' -v name="$name" -v phase="$1" '
			$2 == name && (phase ~ /skep/ || name == "pass" || $3 == phase) {print $1}' "$files/rated")
		[ -n "$number" ] || continue
		number=${number%%$'\n'*}
		before=$(machine b received)
		sent=$(machine a blast "$number")
		after=$(machine b received)
		printf '%s\tb\trate\t%s\t%s\t%s\t%s\n' "$1" "$name" "${sent% *}" $((after - before)) "${sent#* }" >>"$raw"
	done
}

# What has been observed so far.
keep() {
	{
		printf '# place %s, kernel %s, %s frames per case, %s, %s\n' \
			"$place" "$version" "$COUNT" "$(date -u +%F)" "$(out/skep --version | head -n 1)"
		[ "$place" != guests ] || printf '# %s, TCG\n' "$(qemu-system-x86_64 --version | head -n 1)"
		cat "$raw"
	} >"$out/$place.tsv"
}

# shellcheck source=/dev/null
case $place in
netns | guests) . "study/$place.sh" ;;
*) echo "usage: redirect.sh netns|guests [PHASE...]" >&2; exit 2 ;;
esac
private_mounts
prepare
mkdir -p "$out"
raw=$scratch/raw
: >"$raw"
trap 'end_place; rm -rf "$scratch"' EXIT
begin_place
for role in r a b c; do machine $role setup; done
for name; do
	phase "$name"
	keep
done
