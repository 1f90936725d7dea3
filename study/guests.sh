# The place "guests": four machines on private links, each a pair of datagram sockets of QEMU. Sourced by redirect.sh.
# shellcheck shell=bash disable=SC2034,SC2154
# The sockets of QEMU carry no offloads, so checksums are complete on these links.

declare -A serial

# The devices of a machine: its links, each as NAME-END:MAC, where NAME has the ends 0 and 1.
links_of() {
	case $1 in
	a) echo ar0/$MAC_A ;;
	r) echo ar1/$MAC_R0 rb0/$MAC_R1 rc0/$MAC_R2 ;;
	b) echo rb1/$MAC_B ;;
	c) echo rc1/$MAC_C ;;
	esac
}

# dgram ID OWN OTHER: one end of a link, for -netdev.
dgram() { echo "dgram,id=$1,local.type=unix,local.path=$scratch/$2,remote.type=unix,remote.path=$scratch/$3"; }

# start_machine ROLE: with its links
start_machine() {
	local processors=1 role=$1 link name other arguments=() number=0
	[ "$role" != r ] || processors=2
	for link in $(links_of "$role"); do
		name=${link%/*}
		other=${name%[01]}$((1 - ${name: -1}))
		arguments+=(-netdev "$(dgram n$number "$name" "$other")" -device "virtio-net-pci,netdev=n$number,mac=${link#*/}")
		number=$((number + 1))
	done
	boot_machine "$role" "$processors" "${arguments[@]}"
}

# boot_machine ROLE PROCESSORS ARGUMENT...: without no_timer_check a guest on a busy machine may find that its timer does not work.
boot_machine() {
	local role=$1 processors=$2 at=$scratch/$1 from to
	shift 2
	mkfifo "$at.in" "$at.out"
	nice -n 10 qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 640M -smp "$processors" -display none -nodefaults -no-reboot \
		-kernel "$kernel" -initrd out/study/initramfs -append "console=ttyS0 panic=-1 quiet no_timer_check net.ifnames=0" \
		-serial "file:$at.console" -serial "pipe:$at" "$@" </dev/null 2>"$at.errors" &
	machines+=($!)
	exec {from}<>"$at.out" {to}<>"$at.in"
	serial[$role]=$from
	serial[$role.in]=$to
}

# Reads an answer: prints it up to its last line, whose word after @@ is the code.
answer() {
	local line
	while IFS= read -r -t 600 -u "${serial[$1]}" line; do
		case $line in
		"@@ ready "*) echo "${line#@@ ready }"; return 0 ;;
		"@@ "*) return "${line#@@ }" ;;
		*) printf '%s\n' "${line%$'\r'}" ;;
		esac
	done
	echo "study: machine $1 does not answer" >&2
	return 99
}

# at ROLE COMMAND: runs a line of the shell there.
at() {
	local role=$1
	shift
	printf '%s\n' "$*" >&"${serial[$role.in]}"
	answer "$role"
}

# Sets `kernel`, and makes what the machines boot into.
prepare_machines() {
	mkdir -p out/study
	kernel=$(./test/vm/kernel.sh "${KERNEL:-6.12}")
	[ -d "$(dirname "$kernel")/all" ] || { rm -r "$(dirname "$kernel")"; kernel=$(./test/vm/kernel.sh "${KERNEL:-6.12}"); }
	./study/image.sh "$kernel"
}

begin_place() {
	local role
	prepare_machines
	for role in a r b c; do start_machine $role; done
	for role in a r b c; do version=$(answer $role); done
}

end_place() {
	[ ${#machines[@]} -eq 0 ] || kill "${machines[@]}" 2>/dev/null || true
	wait "${machines[@]}" 2>/dev/null || true
}
