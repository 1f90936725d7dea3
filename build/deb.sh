#!/bin/sh
# Makes out/skep_VERSION_amd64.deb of the binary: deb.sh BINARY VERSION.
set -eu
binary=$1
version=$2
root=out/deb
rm -rf "$root"
install -D -m 755 "$binary" "$root/usr/bin/skep"
for file in README.md CHANGELOG.md SECURITY.md NOTICE LICENSE docs/*.md; do
	install -D -m 644 "$file" "$root/usr/share/doc/skep/$file"
done
mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: skep
Version: $version
Architecture: amd64
Section: admin
Priority: optional
Depends: libc6 (>= 2.36)
Recommends: libssl3
Maintainer: The Skep authors <authors@skep.invalid>
Description: observes and controls the eBPF in a Linux kernel
 Reports each BPF system call as it happens, with bytecode proven against the
 kernel's own tag, who made it, and where programs are attached; lists and
 explains programs, maps and links; filters packets at XDP by rule files.
CONTROL
dpkg-deb --root-owner-group --build "$root" "out/skep_${version}_amd64.deb"
