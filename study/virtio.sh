#!/bin/bash
# Which options of QEMU's virtio-net let a guest run XDP in the driver: writes study/results/virtio.tsv. One machine has a device for each
# line of study/virtio, and applies a table to each of them, native. Needs root; the devices lead nowhere.
set -eu
cd "$(dirname "$0")/.."
[ -n "${STUDY_INSIDE:-}" ] || STUDY_INSIDE=1 exec unshare -m -n "$0" "$@"
out=${RESULTS:-study/results}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/skep-study.XXXXXX")
machines=()
. study/guests.sh
trap 'end_place; rm -rf "$scratch"' EXIT
[ -n "${STUDY_IMAGE:-}" ] && kernel=$STUDY_IMAGE || prepare_machines

offloads="rx-checksumming|tx-checksumming|tcp-segmentation-offload|rx-gro-hw"
arguments=() lines=() number=0
while IFS='|' read -r backend options; do
	case $backend in
	"#"*) continue ;;
	socket*) arguments+=(-netdev "$(dgram n$number s$number o$number)") ;;
	tap*) arguments+=(-netdev "tap,id=n$number,ifname=study$number,script=no,downscript=no,vhost=off${backend#tap}") ;;
	esac
	arguments+=(-device "virtio-net-pci,netdev=n$number,mac=52:54:00:00:01:0$number${options:+,$options}")
	lines[number]="$backend|$options"
	number=$((number + 1))
done <study/virtio
boot_machine v 2 "${arguments[@]}"
version=$(answer v)
{
	printf '# virtio-net, kernel %s, %s, %s, %s\n' "$version" "$(qemu-system-x86_64 --version | head -n 1)" "$(date -u +%F)" \
		"$(out/skep --version | head -n 1)"
	for ((i = 0; i < number; i++)); do
		# A device is known by its address: the order in which the guest finds them is its own.
		at v "device=\$(grep -l 52:54:00:00:01:0$i /sys/class/net/*/address | cut -d/ -f5); ip link set \$device up; \
			ethtool -k \$device | awk '/^($offloads):/ {printf \"%s%s \", \$1, \$2}'; \
			ls -d /sys/class/net/\$device/queues/rx-* | wc -l; \
			printf 'table t {\\n devices = { %s }\\n mode native\\n policy pass\\n}\\n' \$device >/tmp/t; dmesg -c >/dev/null; \
			skep filter apply /tmp/t >/tmp/said 2>&1; echo \"code \$?\"; cat /tmp/said; \
			dmesg -c | sed 's/^\\[[^]]*\\] */kernel: /'; \
			skep filter remove t 2>/dev/null; true" >"$scratch/said"
		printf '%s\t%s\t%s\n' "${lines[i]%%|*}" "${lines[i]#*|}" "$(tr '\n\t' '; ' <"$scratch/said")"
	done
} >"$out/virtio.tsv"
