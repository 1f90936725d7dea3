#!/bin/bash
# The package below systemd, in a virtual machine: systemd.sh KERNEL. What is enabled and started by an installation, an upgrade while a
# table filters and the agent runs, a removal, a purge. Not a part of run.sh: an emulated machine takes minutes.
set -eu
cd "$(dirname "$0")/../.."
export SKEP_RESULTS=$PWD/out/packages/test
# shellcheck source=test/packages/common.sh
. test/packages/common.sh
# shellcheck source=test/packages/machine.sh
. test/packages/machine.sh
work=$packages/systemd
debian=$(./test/vm/debian.sh "${VM_SUITE:-trixie}")
kernel=$(./test/vm/kernel.sh "$1")
rm -rf "$work"
mkdir -p "$work/root/results" "$work/root/skep" "$work/root/etc/systemd/system/graphical.target.wants"
chmod 755 "$work/root"
[ -e "$deb" ] || ./build/deb.sh
dpkg-deb -R "$deb" "$work/newer"
sed -i "s/^Version: .*/Version: $version+1/" "$work/newer/DEBIAN/control"
dpkg-deb -Znone --root-owner-group -b "$work/newer" "$work/root/skep/newer.deb"
cp "$deb" "$work/root/skep/skep.deb"
install -m 755 -D test/vm/systemd/scene "$work/root/skep/systemd/scene"
install -m 644 test/vm/end.sh test/packages/guest.sh "$work/root/skep/"
install -m 644 test/vm/systemd/scene.service "$work/root/etc/systemd/system"
ln -s ../scene.service "$work/root/etc/systemd/system/graphical.target.wants/"
# An emulated machine takes minutes to start the agent, and answers its watchdog late.
mkdir -p "$work/root/etc/systemd/system.conf.d" "$work/root/etc/systemd/system/skep.service.d"
printf '[Manager]\nDefaultTimeoutStartSec=15min\n' >"$work/root/etc/systemd/system.conf.d/slow.conf"
printf '[Service]\nWatchdogSec=0\n' >"$work/root/etc/systemd/system/skep.service.d/slow.conf"
{ cat "$debian" && (cd "$work/root" && find . | cpio -o -H newc --quiet); } >"$work/initramfs"
VM_MEMORY=3G VM_INITRAMFS=$work/initramfs VM_FOLLOW=1 boot systemd.guest "$work/results"
sum_up
