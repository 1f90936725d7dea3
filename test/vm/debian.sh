#!/bin/bash
# Makes out/vm/debian/SUITE.cpio once, a Debian whose process 1 is systemd, and prints its path: debian.sh [SUITE [PACKAGE...]]
# With packages it is SUITE+PACKAGE.cpio, which has them instead of those that the tests of units compare with.
# Its packages come from the mirror of Debian that this machine's apt uses. Needs root, like debootstrap.
set -eu
cd "$(dirname "$0")/../.."
suite=${1:-trixie}
[ $# -eq 0 ] || shift
out=$PWD/out/vm/debian
made=$out/$(IFS=+; echo "$suite${*:++$*}").cpio
[ $# -gt 0 ] || set -- bpftool bpftrace libbpf-tools
packages=$(IFS=,; echo "systemd,systemd-sysv,udev,dbus,iproute2,$*")
# shellcheck source=build/mirror.sh
. build/mirror.sh

die() { echo "skep: $*" >&2; exit 1; }

bootstrap() {
	local uri
	command -v debootstrap >/dev/null || die "debootstrap is not there (sudo make vm-deps installs it)"
	uri=$(mirror) || return
	debootstrap --variant=minbase --include="$packages" "$suite" "$1" "$uri" >&2
}

# What the machine does not need, has no modules for, or would do at each boot.
trim() {
	local name
	for name in usr/share/{doc,locale,man} var/cache/apt var/lib/apt/lists; do rm -rf "${1:?}/$name"; done
	for name in serial-getty@ttyS0.service getty-static.service systemd-logind.service systemd-hwdb-update.service \
		proc-sys-fs-binfmt_misc.automount; do
		ln -sf /dev/null "$1/etc/systemd/system/$name"
	done
	ln -s /lib/systemd/systemd "$1/init"
	touch "$1/etc/.updated" "$1/var/.updated"
}

mkdir -p "$out"
exec 9>"$out/lock"
flock 9
if [ ! -e "$made" ]; then
	root=$(mktemp -d "$out/root.XXXXXX")
	trap 'rm -rf "$root" "$made.new"' EXIT
	bootstrap "$root" || die "debootstrap does not make a Debian $suite"
	trim "$root"
	chmod 755 "$root"
	(cd "$root" && find . | cpio -o -H newc --quiet) >"$made.new"
	mv "$made.new" "$made"
fi
echo "$made"
