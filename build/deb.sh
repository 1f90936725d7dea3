#!/bin/sh
# Makes out/packages/skep_VERSION_ARCH.deb and skep-dbgsym_VERSION_ARCH.deb of out/publish, by debhelper.
# All times in them are the commit's.
set -eu
umask 022
cd "$(dirname "$0")/.."
version=$(./build/version.sh --package)
date=$(./build/version.sh --date)
work=out/packages/deb
tree=$work/skep-$version
rm -rf "$work"
mkdir -p "$tree"

# The dh_installsystemd of Debian 12 looks for units there only; debian/rules moves them to where they are since /lib is a link.
UNITS=/lib/systemd/system ./build/stage.sh "$PWD/$tree/staged" /usr
# dh_strip takes the symbols off again, into a package of their own.
eu-unstrip -o "$tree/staged/usr/bin/skep" out/publish/skep out/publish/skep.dbg
./build/sbom.sh >"$tree/staged/usr/share/doc/skep/skep.cdx.json"
cp -r packaging/debian "$tree/debian"
# Without the mount of the pins: packet filters stay attached. Of a template, all its instances.
units=$(find packaging/systemd -type f ! -name '*.mount' -printf '%f\n' | sed "s/@\./@*./; s/.*/'&'/" | LC_ALL=C sort | tr '\n' ' ')
sed -i "s/#UNITS#/${units% }/" "$tree/debian/skep.prerm"
for script in prerm postrm; do
	sed -i -e '/^#IN-FORCE#$/{r packaging/in-force.sh' -e 'd}' -e '/^#PURGE#$/{r packaging/purge.sh' -e 'd}' \
		"$tree/debian/skep.$script"
done
sed -i '/^# shellcheck/d' "$tree"/debian/skep.p*
chmod 755 "$tree/debian/rules"
./build/debian-changelog.sh "$version" "$date" >"$tree/debian/changelog"
(cd "$tree" && SOURCE_DATE_EPOCH=$date dpkg-buildpackage -b -uc -us >../log 2>&1) || { tail -n 20 "$work/log" >&2; exit 1; }
for package in "$work"/*.deb; do
	mv "$package" out/packages/
	echo "out/packages/${package##*/}"
done
