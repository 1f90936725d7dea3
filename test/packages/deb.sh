#!/bin/bash
# The package of Debian: what is in it, the same bytes twice, lintian; installed, run, upgraded, removed and purged in a clean Debian.
set -u
if [ -z "${SKEP_OWN:-}" ]; then SKEP_OWN=1 exec unshare --mount --net "$0" "$@"; fi
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/packages/common.sh
. test/packages/common.sh
work=$SKEP_RESULTS/deb
mkdir -p "$work"

twice() {
	mkdir -p "$work/first"
	cp "$deb" "$symbols" "$work/first" || return
	# What must not matter: the zone, the mask, the locale, the time.
	(umask 077 && TZ=Pacific/Kiritimati LC_ALL=C ./build/deb.sh) >/dev/null || return
	cmp "$deb" "$work/first/${deb##*/}" && cmp "$symbols" "$work/first/${symbols##*/}"
}

# Without pages of the manual there is nothing that lintian could find there.
lint() {
	local pages=
	[ -d out/man ] || pages=--suppress-tags=no-manual-page
	lintian --allow-root --fail-on error,warning $pages "$deb" "$symbols"
}

symbols_match() {
	local build
	dpkg-deb -x "$deb" "$work/files" && dpkg-deb -x "$symbols" "$work/files" || return
	build=$(readelf -n "$work/files/usr/bin/skep" | sed -n 's/^ *Build ID: //p')
	readelf -S -W "$work/files/usr/lib/debug/.build-id/${build:0:2}/${build:2}.debug" | grep -q '\.debug_info'
}

# newer VERSION: the package with another version.
newer() {
	dpkg-deb -R "$deb" "$work/newer" && sed -i "s/^Version: .*/Version: $1/" "$work/newer/DEBIAN/control" &&
		dpkg-deb -Znone --root-owner-group -b "$work/newer" "$root/tmp/newer.deb" >/dev/null
}

attached() { ip -d link show dev lo | grep -q 'prog/xdp'; }
not_enabled() { ! find "$root/etc/systemd" -name 'skep*' | grep .; }
kept() { grep -q '^retention_days = 7$' "$root/etc/skep/skep.toml"; }
states_what_stays() { says edge inside dpkg --remove skep; }
without_program() { [ ! -e "$root/usr/bin/skep" ] && [ -e "$root/var/lib/skep/skep.db" ] && [ -e "$root/etc/skep/skep.toml" ]; }

[ -e "$deb" ] || ./build/deb.sh >/dev/null
check "deb: the same bytes twice" twice
check "deb: lintian finds nothing" lint
check "deb: the debug symbols are those of the binary" symbols_match
clean_root || { skip deb "make a Debian to install it in"; exit 0; }
inventory >"$work/before"
cp "$deb" "$root/tmp/skep.deb"
check "deb: it installs" inside dpkg --install /tmp/skep.deb
check "deb: nothing is enabled" not_enabled
check "deb: all that dpkg noted is there" inside dpkg --verify skep
check "deb: all is where it is looked for" places /usr /usr/lib/systemd/system
check "deb: what units name is there" named_by_units /usr/lib/systemd/system
runs /usr/bin/skep deb
check "deb: the changelog is in Debian's format" says "skep ($version)" zcat "$root/usr/share/doc/skep/changelog.gz"

cat >"$root/tmp/edge.skep" <<'RULES'
table edge {
    devices = { lo }
    mode generic
    udp dport 9 drop
}
RULES
check "deb: a table is applied" inside skep filter apply /tmp/edge.skep
check "deb: the table is attached" attached
sed -i 's/^#retention_days = .*/retention_days = 7/' "$root/etc/skep/skep.toml"
check "deb: a newer one is made" newer "$version+1"
check "deb: it is upgraded" inside dpkg --install --force-confold /tmp/newer.deb
check "deb: an upgrade leaves the table attached" attached
check "deb: an upgrade keeps what the new version reads of the table" says edge inside skep filter list
check "deb: an upgrade keeps a changed configuration" kept
check "deb: a removal states what stays in force" states_what_stays
check "deb: a removal leaves the table attached" attached
check "deb: a removal keeps history and configuration" without_program
check "deb: it is purged" inside dpkg --purge skep
not_attached() { ! attached; }
check "deb: a purge detaches the table" not_attached
rm -f "$root"/tmp/*
check "deb: a purge leaves nothing" same_as "$work/before"
