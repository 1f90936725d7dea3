#!/bin/sh
# Installs skep from the directory that this script is in: install.sh [PREFIX], /usr/local by default. DESTDIR is put before all paths.
# A configuration that is there stays. Nothing is enabled or started. PREFIX/lib/skep/uninstall.sh removes it again.
set -eu
umask 022
prefix=${1:-${PREFIX:-/usr/local}}
root=${DESTDIR:-}
case $prefix in
/*) ;;
*) echo "skep: installing below $prefix: a prefix begins with / (install.sh /usr/local)" >&2; exit 2 ;;
esac
prefix=${prefix%/}
cd "$(dirname "$0")"
own=$root$prefix/lib/skep

# What was made, to be removed again: directories end in /. An older installation has files that this one has not.
made=
if [ -e "$own/files" ]; then
	made=$(grep '/$' "$own/files" || true)
	grep -v '/$' "$own/files" | while read -r file; do rm -f "$root$file"; done
fi
for directory in $(find bin lib share -type d | LC_ALL=C sort); do
	[ -d "$root$prefix/$directory" ] || made="$made
$prefix/$directory/"
	install -d "$root$prefix/$directory"
done
install -d "$own" "$root/etc/skep/alerts.d" "$root/etc/skep/filter.d" "$root/etc/skep/feeds.d"
{
	echo "$made" | grep . || true
	find bin lib share -type f | sed "s:^:$prefix/:"
} >"$own/files"
find bin lib share -type f | while read -r file; do
	mode=644
	[ ! -x "$file" ] || mode=755
	install -m $mode "$file" "$root$prefix/$file"
done
for unit in lib/systemd/system/*; do
	sed "s:/usr/\(bin/skep\|lib/skep/\|share/doc/skep/\):$prefix/\1:g" "$unit" >"$root$prefix/$unit"
done
install -m 755 uninstall.sh "$own"
install -m 644 in-force.sh purge.sh "$own"
[ -e "$root/etc/skep/skep.toml" ] || install -m 644 etc/skep/skep.toml "$root/etc/skep"
if [ -z "$root" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
echo "skep: installed below $root${prefix:-/} (systemctl enable --now skep; to remove it, $prefix/lib/skep/uninstall.sh)"
