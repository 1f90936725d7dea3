#!/bin/sh
# Removes what install.sh installed: uninstall.sh [--purge] [PREFIX]. It is in PREFIX/lib/skep. DESTDIR is put before all paths.
# --purge also removes /etc/skep/skep.toml, the history in /var/lib/skep, and packet filters and policies that are in force.
set -eu
purge=
if [ "${1:-}" = --purge ]; then
	purge=yes
	shift
fi
root=${DESTDIR:-}
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:-${PREFIX:-/usr/local}}
if [ $# -eq 0 ] && [ -e "$here/files" ]; then
	prefix=${here%/lib/skep}
	prefix=${prefix#"$root"}
fi
own=$root${prefix%/}/lib/skep
if [ ! -e "$own/files" ]; then
	echo "skep: removing what is installed below $root$prefix: there is no $own/files (uninstall.sh PREFIX names another)" >&2
	exit 1
fi

if [ -z "$root" ]; then
	if [ -d /run/systemd/system ]; then
		sed -n 's:^.*/lib/systemd/system/\(..*\):\1:p' "$own/files" | while read -r unit; do
			# Of a template, all its instances.
			case $unit in *@.*) systemctl stop "${unit%@.*}@*.${unit##*.}" 2>/dev/null || true ;; esac
			systemctl disable --now "$unit" 2>/dev/null || true
		done
	fi
	# shellcheck source=packaging/in-force.sh
	[ -n "$purge" ] || . "$own/in-force.sh"
fi
grep -v '/$' "$own/files" | while read -r file; do rm -f "$root$file"; done
directories=$(grep '/$' "$own/files" | LC_ALL=C sort -r)
if [ -n "$purge" ]; then
	rm -f "$root/etc/skep/skep.toml"
	rmdir "$root/etc/skep/alerts.d" "$root/etc/skep/filter.d" "$root/etc/skep/feeds.d" "$root/etc/skep" 2>/dev/null || true
	# shellcheck source=packaging/purge.sh
	[ -n "$root" ] || . "$own/purge.sh"
fi
rm -rf "$own"
for directory in $directories; do rmdir "$root$directory" 2>/dev/null || true; done
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl reset-failed 'skep*' 2>/dev/null || true
fi
