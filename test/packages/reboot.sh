#!/bin/bash
# The package over real boots of one machine, from one disk: reboot.sh KERNEL. Not a part of run.sh: an emulated machine takes minutes.
# The first boot has no skep: what a peer sends arrives. It is installed, configured, enabled. The second has its rules before the first
# packet, the history of the first, and a feed by its timer. Before the third a rule file is spoilt, and the feed is gone: what was there
# last is in force; a purge takes everything. The last line is "N passed, N failed"; what each boot sent is in out/packages/reboot/BOOT.
set -eu
if [ -z "${SKEP_OWN:-}" ]; then SKEP_OWN=1 exec unshare --mount "$0" "$@"; fi
cd "$(dirname "$0")/../.."
export SKEP_RESULTS=$PWD/out/packages/test
# shellcheck source=test/packages/common.sh
. test/packages/common.sh
# shellcheck source=test/packages/machine.sh
. test/packages/machine.sh
work=$packages/reboot
root=$work/root
kernel=$(./test/vm/kernel.sh "$1")
debian=$(./test/vm/debian.sh "${VM_SUITE:-trixie}" curl kmod)

# What an installation of Debian has, and the machine of this test beside.
disk() {
	mkdir -p "$root/skep/systemd" "$root/results" "$root/usr/lib"
	(cd "$root" && cpio -i -d --quiet <"$debian")
	cp -r "$(dirname "$kernel")/all" "$root/usr/lib/modules"
	mount -t proc proc "$root/proc"
	chroot "$root" depmod "$(basename "$(dirname "$kernel")"/all/*)"
	echo 5ce95ce95ce95ce95ce95ce95ce95ce9 >"$root/etc/machine-id"
	echo machine >"$root/etc/hostname"
	cp "$deb" "$root/skep/skep.deb"
	# What looks at the kernel where no skep is installed.
	dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/bin/skep >"$root/skep/skep"
	chmod 755 "$root/skep/skep"
	install -m 644 test/vm/end.sh test/packages/guest.sh "$root/skep/"
	mkdir "$root/skep/feed"
	printf '198.51.100.0/24\n203.0.113.7\n' >"$root/skep/feed/list.txt"
	cp -r test/packages/reboot "$root/skep/"
	cp /bin/busybox "$root/skep/reboot/"
	install -m 755 test/vm/systemd/scene "$root/skep/systemd/"
	install -m 644 test/vm/systemd/scene.service test/packages/reboot/*.{service,socket} "$root/etc/systemd/system"
	install -m 644 test/packages/reboot/eth0.network "$root/etc/systemd/network"
	chroot "$root" systemctl enable --quiet systemd-networkd.service scene.service peer.service server.service heard-{9,10}.socket
	umount "$root/proc"
	# An emulated machine takes minutes to start the agent, and answers its watchdog late.
	mkdir -p "$root"/etc/systemd/system.conf.d "$root"/etc/systemd/system/{skep.service.d,skep-feed@.timer.d}
	printf '[Manager]\nDefaultTimeoutStartSec=15min\n' >"$root/etc/systemd/system.conf.d/slow.conf"
	printf '[Service]\nWatchdogSec=0\n' >"$root/etc/systemd/system/skep.service.d/slow.conf"
	printf '[Timer]\nRandomizedDelaySec=0\nAccuracySec=1s\n' >"$root/etc/systemd/system/skep-feed@.timer.d/soon.conf"
	mke2fs -q -t ext4 -d "$root" "$work/disk" 2G
	rm -rf "$root"
}

rm -rf "$work"
mkdir -p "$work"
trap 'umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$root" "$work/disk"' EXIT
[ -e "$deb" ] || ./build/deb.sh
disk
for boot in 1 2 3; do VM_MEMORY=2G VM_DISK=$work/disk VM_FOLLOW=1 boot "reboot/boot$boot" "$work/$boot"; done
sum_up
