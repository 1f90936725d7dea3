#!/bin/sh
# Puts what is installed into a directory: stage.sh DIRECTORY PREFIX. The one list of it, for `make install` and for all packages.
# Programs are below PREFIX, the configuration is in /etc/skep; one that is there stays. UNITS is the directory of units, if it is not
# lib/systemd/system below PREFIX.
set -eu
cd "$(dirname "$0")/.."
root=$1
prefix=$2
binary=out/skep
# Debian's zsh looks there in packages, and in site-functions below /usr/local.
zsh=zsh/site-functions
[ "$prefix" != /usr ] || zsh=zsh/vendor-completions
units=${UNITS:-$prefix/lib/systemd/system}

put() { install -D -m "$1" "$2" "$root$3"; }

put 755 "$binary" "$prefix/bin/skep"
for shell in bash:bash-completion/completions/skep zsh:$zsh/_skep fish:fish/vendor_completions.d/skep.fish; do
	"$binary" completion "${shell%%:*}" | put 644 /dev/stdin "$prefix/share/${shell#*:}"
done
for page in out/man/*.[1-8]; do
	[ ! -e "$page" ] || put 644 "$page" "$prefix/share/man/man${page##*.}/${page##*/}"
done
for unit in packaging/systemd/*.*; do
	sed "s:/usr/\(bin/skep\|lib/skep/\|share/doc/skep/\):${prefix:-/usr}/\1:g" "$unit" | put 644 /dev/stdin "$units/${unit##*/}"
done
put 755 packaging/feeds/skep-feed "$prefix/lib/skep/skep-feed"
[ -e "$root/etc/skep/skep.toml" ] || put 644 packaging/skep.toml /etc/skep/skep.toml
install -d "$root/etc/skep/alerts.d" "$root/etc/skep/filter.d" "$root/etc/skep/feeds.d"

documents=$prefix/share/doc/skep
for file in README.md SECURITY.md NOTICE $(find docs -type f | LC_ALL=C sort); do put 644 "$file" "$documents/${file#docs/}"; done
for part in prometheus grafana guard container fail2ban sshguard crowdsec nftables; do
	for file in $(find "packaging/$part" -type f | LC_ALL=C sort); do
		mode=644
		[ ! -x "$file" ] || mode=755
		put $mode "$file" "$documents/examples/${file#packaging/}"
	done
done
