#!/bin/bash
# The tarball: the same bytes twice; installed, run and removed in a clean Debian.
set -u
if [ -z "${SKEP_OWN:-}" ]; then SKEP_OWN=1 exec unshare --mount --net "$0" "$@"; fi
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/packages/common.sh
. test/packages/common.sh
work=$SKEP_RESULTS/tarball
mkdir -p "$work"

twice() {
	cp "$tarball" "$work" && (umask 077 && TZ=Pacific/Kiritimati ./build/tarball.sh) >/dev/null && cmp "$tarball" "$work/${tarball##*/}"
}

unit() { says "ExecStart=/usr/local/bin/skep agent" cat "$root/usr/local/lib/systemd/system/skep.service"; }
elsewhere() { inside env DESTDIR=/tmp/stage "$directory/install.sh" /usr && [ -x "$root/tmp/stage/usr/bin/skep" ]; }
kept() { grep -q '^retention_days = 7$' "$root/etc/skep/skep.toml"; }

[ -e "$tarball" ] || ./build/tarball.sh >/dev/null
check "tarball: the same bytes twice" twice
clean_root || { skip tarball "make a Debian to install it in"; exit 0; }
inventory >"$work/before"
tar -C "$root/tmp" -xf "$tarball"
directory=/tmp/$(basename "$tarball" .tar.gz)
check "tarball: it installs" inside "$directory/install.sh"
check "tarball: units run what is installed" unit
check "tarball: all is where it is looked for" places /usr/local /usr/local/lib/systemd/system
check "tarball: what units name is there" named_by_units /usr/local/lib/systemd/system
runs /usr/local/bin/skep tarball
sed -i 's/^#retention_days = .*/retention_days = 7/' "$root/etc/skep/skep.toml"
check "tarball: it installs over itself" inside "$directory/install.sh"
check "tarball: a changed configuration stays" kept
check "tarball: DESTDIR is another root" elsewhere
rm -rf "$root/tmp/stage"
check "tarball: it is removed" inside /usr/local/lib/skep/uninstall.sh
check "tarball: a removal keeps the configuration" kept
check "tarball: it installs again" inside "$directory/install.sh"
check "tarball: it is removed with all that it made" inside /usr/local/lib/skep/uninstall.sh --purge
rm -rf "${root:?}"/tmp/*
check "tarball: a purge leaves nothing" same_as "$work/before"
