#!/bin/sh
# Makes out/packages/debian-SUITE.tar once, the smallest Debian that debootstrap makes, with certificates and libssl3; prints its path:
# debian-root.sh [SUITE], by default that of this machine. Images are built on it, and packages tested in it.
# Needs root, as debootstrap does.
set -eu
cd "$(dirname "$0")/.."
suite=${1:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}
out=$PWD/out/packages
# shellcheck source=build/mirror.sh
. build/mirror.sh

die() { echo "skep: making a Debian $suite: $*" >&2; exit 1; }

mkdir -p "$out"
exec 9>"$out/lock"
flock 9
if [ ! -e "$out/debian-$suite.tar" ]; then
	[ "$(id -u)" -eq 0 ] || die "debootstrap needs root (run it by sudo)"
	uri=$(mirror) || exit 1
	root=$(mktemp -d "$out/root.XXXXXX")
	trap 'rm -rf "$root" "$out/debian-$suite.tar.new"' EXIT
	debootstrap --variant=minbase --include=ca-certificates,libssl3 "$suite" "$root" "$uri" >"$out/debootstrap.log" 2>&1 ||
		die "$(tail -n 1 "$out/debootstrap.log")"
	chmod 755 "$root"
	rm -rf "$root"/usr/share/locale/* "$root"/usr/share/man/* "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/* "$root"/var/log/*
	find "$root/var/cache/apt/archives" -name '*.deb' -delete
	: >"$root/etc/machine-id"
	rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
	tar -C "$root" --sort=name --numeric-owner --one-file-system -cf "$out/debian-$suite.tar.new" .
	mv "$out/debian-$suite.tar.new" "$out/debian-$suite.tar"
fi
echo "$out/debian-$suite.tar"
