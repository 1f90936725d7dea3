#!/bin/bash
# Runs tests, or a command of the shell, below systemd on one kernel (as in kernel.sh): systemd.sh KERNEL [tests [NAME...] | run COMMAND]
# The machine is a Debian whose process 1 is systemd. test/vm/systemd has its units: skep watch from early boot, and one for each directive
# that systemd carries out with BPF. VM_SUITE=trixie is the release. What the machine sent is in out/vm/by-hand/PACKAGE-systemd.
set -eu
cd "$(dirname "$0")/../.."
out=out/vm
suite=${VM_SUITE:-trixie}
# shellcheck source=test/vm/parts.sh
. test/vm/parts.sh

# What systemctl enable does.
enable_unit() {
	local target
	target=$(sed -n 's/^WantedBy=//p' "$1")
	install -D -m 644 -t "$root/etc/systemd/system" "$1"
	mkdir -p "$root/etc/systemd/system/$target.wants"
	ln -s "../$(basename "$1")" "$root/etc/systemd/system/$target.wants/"
}

image() {
	local debian unit
	debian=$(./test/vm/debian.sh "$suite")
	root=$(mktemp -d $out/root.XXXXXX)
	chmod 755 "$root"
	mkdir "$root/results"
	for unit in test/vm/systemd/*.service; do enable_unit "$unit"; done
	install -D -m 755 -t "$root/skep/systemd" test/vm/systemd/scene out/vm/scenes/pin
	mkdir -p "$root/skep/out/vm/scenes" "$root/skep/packaging"
	cp -r out/vm/scenes/offensive "$root/skep/out/vm/scenes/"
	cp -r packaging/guard packaging/systemd "$root/skep/packaging/"
	enable_unit packaging/systemd/skep-filter.service
	install -D -m 644 -t "$root/etc/systemd/system" packaging/systemd/run-skep-bpf.mount
	install -D -m 600 test/vm/systemd/boot.skep "$root/etc/skep/filter.d/boot.skep"
	mkdir -p "$root/usr/bin"
	ln -s /skep/out/skep "$root/usr/bin/skep"
	[ "$1" = run ] || copy_dotnet "$root"
	copy_skep "$root"
	{ cat "$debian" && (cd "$root" && find . | cpio -o -H newc --quiet); } >"$out/initramfs-systemd.new"
	mv "$out/initramfs-systemd.new" "$out/initramfs-systemd"
	rm -rf "$root"
}

[ $# -ge 1 ] || { echo "usage: test/vm/systemd.sh KERNEL [tests [NAME...] | run COMMAND]" >&2; exit 2; }
kernel=$(./test/vm/kernel.sh "$1")
what=${2:-tests}
shift; [ $# -eq 0 ] || shift
case $what in
run) script=$* ;;
tests) script="tests $(printf "'*%s*' " "${@:-Machine.Systemd}")" ;;
*) echo "usage: test/vm/systemd.sh KERNEL [tests [NAME...] | run COMMAND]" >&2; exit 2 ;;
esac
root=
trap 'rm -rf $root "$out/initramfs-systemd.new"' EXIT
image "$what"
VM_SECONDS=${VM_SECONDS:-1800} VM_MEMORY=3G VM_INITRAMFS=$out/initramfs-systemd VM_FOLLOW=1 ./test/vm/boot.sh \
	"$kernel" "$out/by-hand/$(basename "$(dirname "$kernel")")-systemd" <<<"$script"
