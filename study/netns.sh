# The place "netns": four network namespaces of this machine, joined by veth pairs. Sourced by redirect.sh, which has private mounts.
# shellcheck shell=bash disable=SC2034,SC2154

declare -A holder

# A process that keeps the mounts of a namespace: Skep's maps are pinned below one of them.
hold_mounts() {
	nsenter --net="/run/netns/study-$1" unshare -m sh -c '
		mount -t sysfs sysfs /sys && mount -t bpf bpf /sys/fs/bpf && mount -t tracefs tracefs /sys/kernel/tracing &&
		mount -t tmpfs -o mode=0700 tmpfs /run/skep && echo && exec sleep infinity' >"$scratch/$1.ready" &
	holder[$1]=$!
	until [ -s "$scratch/$1.ready" ]; do sleep 0.1; kill -0 "${holder[$1]}"; done
}

at() {
	local role=$1
	shift
	nsenter -t "${holder[$role]}" -m -n env STUDY="$files" bash -c "$*"
}

# pair ROLE DEVICE MAC INDEX ROLE DEVICE MAC INDEX
pair() {
	ip link add name "$2" address "$3" index "$4" netns "study-$1" type veth peer name "$6" address "$7" index "$8" netns "study-$5"
}

begin_place() {
	local role
	version=$(uname -r)
	for role in a r b c; do
		ip netns add study-$role
		ip -n study-$role link set lo up
		hold_mounts $role
	done
	# The router's indexes are like no others here, because the trace is of the whole machine.
	pair a eth0 "$MAC_A" 2 r eth0 "$MAC_R0" 77001
	pair b eth0 "$MAC_B" 2 r eth1 "$MAC_R1" 77002
	pair c eth0 "$MAC_C" 2 r eth2 "$MAC_R2" 77003
}

end_place() {
	local role
	for role in a r b c; do
		[ -z "${holder[$role]:-}" ] || kill "${holder[$role]}"
		ip netns pids study-$role | xargs -r kill || true
		ip netns del study-$role || true
	done
}
