#!/bin/sh
# Makes out/packages/skep-VERSION-linux-ARCH.tar.gz of out/skep. All times in it are the commit's; the same commit gives the same bytes.
set -eu
umask 022
cd "$(dirname "$0")/.."
version=$(./build/version.sh --package)
name=skep-$version-linux-$(dpkg --print-architecture)
work=out/packages/tarball
rm -rf "$work"
mkdir -p "$work/$name"

./build/stage.sh "$PWD/$work/$name" ""
./build/sbom.sh >"$work/$name/share/doc/skep/skep.cdx.json"
install -m 644 README.md LICENSE NOTICE docs/install.md "$work/$name"
install -m 755 packaging/tarball/install.sh packaging/tarball/uninstall.sh packaging/in-force.sh packaging/purge.sh "$work/$name"
tar -C "$work" --sort=name --format=gnu --mtime="@$(./build/version.sh --date)" --owner=0 --group=0 --numeric-owner -cf - "$name" |
	gzip -9n >"out/packages/$name.tar.gz"
echo "out/packages/$name.tar.gz"
