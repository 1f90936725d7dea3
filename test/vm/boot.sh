#!/bin/bash
# Boots a kernel into out/vm/initramfs (VM_INITRAMFS names another), without disk or network, and runs the shell script on standard input
# there: boot.sh KERNEL DIRECTORY
# What the script leaves in /results is in DIRECTORY afterwards, what it printed in DIRECTORY/output, the console in DIRECTORY/console.
# Its exit code is that of the script. With VM_DISK, a file with ext4, it boots from that instead, and has two network devices, eth0 and
# eth1, at the ends of one cable. A machine that does not come to its end in VM_SECONDS has failed, and the end of its console is
# shown. VM_FOLLOW=1 shows the console meanwhile. VM_LSM=landlock,lockdown names the active LSMs, VM_MEMORY=1536M is its size.
set -eu
cd "$(dirname "$0")/../.."
kernel=$1 directory=$2
seconds=${VM_SECONDS:-900}
rm -rf "$directory"
mkdir -p "$directory/more/modules"
cat >"$directory/more/guest"
append="console=ttyS0 lsm=${VM_LSM:-landlock,lockdown,bpf} panic=-1 quiet no_timer_check clearcpuid=rep_good"
if [ -n "${VM_DISK:-}" ]; then
	printf 'rm /guest\nwrite %s /guest\n' "$directory/more/guest" | debugfs -w -f - "$VM_DISK" >"$directory/debugfs" 2>&1
	boot=(-append "$append root=/dev/nvme0n1 rootfstype=ext4 rw net.ifnames=0"
		-drive "if=none,id=disk,format=raw,file=$VM_DISK" -device "nvme,drive=disk,serial=disk")
	for end in 0 1; do
		boot+=(-netdev "hubport,id=end$end,hubid=0" -device "virtio-net-pci,netdev=end$end,mac=52:54:00:00:00:0$((end + 1))")
	done
else
	cp "$(dirname "$kernel")"/modules/*.ko "$directory/more/modules/"
	{ cat "${VM_INITRAMFS:-out/vm/initramfs}" && (cd "$directory/more" && find . | cpio -o -H newc --quiet); } >"$directory/initramfs"
	boot=(-append "$append" -initrd "$directory/initramfs")
fi
: >"$directory/console"

# erms, rep_good: what copies and clears memory byte by byte in one instruction is slow to emulate, and the kernel would prefer it.
# no_timer_check: on a busy host the interval in which the kernel waits for its timer passes without one, and it panics.
# One thread for both processors: with two, QEMU 7.2 runs breakpoints that the kernel has already taken out of its code, and the kernel
# panics.
timeout -k 5 "$seconds" qemu-system-x86_64 -accel tcg,thread=single -cpu max,-erms -m "${VM_MEMORY:-1536M}" -smp 2 \
	-display none -nodefaults -no-reboot -kernel "$kernel" "${boot[@]}" \
	-serial "file:$directory/console" -serial "file:$directory/results.tar" </dev/null &
machine=$!
trap 'kill $machine 2>/dev/null; wait $machine || true' EXIT
[ -z "${VM_FOLLOW:-}" ] || tail --pid=$machine -s 0.2 -n +1 -f "$directory/console"
code=0
wait $machine || code=$?
trap - EXIT
rm -rf "$directory/initramfs" "$directory/more"

if [ $code -ne 0 ] || ! grep -q 'skep-vm: end,' "$directory/console" || ! tar -xf "$directory/results.tar" -C "$directory"; then
	rm -f "$directory/results.tar"
	echo "skep: the machine did not come to its end in $seconds s; its console ends with:" >&2
	tail -n 40 "$directory/console" >&2
	exit 1
fi
rm -f "$directory/results.tar"
exit "$(cat "$directory/code")"
