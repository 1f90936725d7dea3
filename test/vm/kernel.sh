#!/bin/bash
# Gets a kernel for the machines, which is never installed: kernel.sh 6.1 | 6.12 | newest | PACKAGE | FILE.deb
# Prints the path of its image, which lies beside its modules: out/vm/kernels/PACKAGE/modules, those that every machine loads, and
# out/vm/kernels/PACKAGE/all/VERSION, all of them as they are packed.
# A series is the newest Debian cloud kernel of it, `newest` the newest of all, in the releases below. They are asked of the mirror of
# Debian that this machine's apt uses, once a day, and without a change to this machine's apt.
set -eu
cd "$(dirname "$0")/../.."
releases="bookworm trixie trixie-backports sid"
modules="veth sch_ingress cls_bpf tun kcm"
out=$PWD/out/vm
offered=$out/apt/offered
keys=/usr/share/keyrings/debian-archive-keyring.gpg
# shellcheck source=build/mirror.sh
. build/mirror.sh

die() { echo "skep: $*" >&2; exit 1; }

private_apt() { "$1" -c "$out/apt/apt.conf" "${@:2}"; }

configure() {
	local uri
	uri=$(mirror) || die "there is nothing to fetch kernels from (name a .deb file)"
	mkdir -p "$out/apt/sources" "$out/apt/lists/partial" "$out/apt/cache/archives/partial"
	cat >"$out/apt/sources/debian.sources" <<-END
		Types: deb
		URIs: $uri
		Suites: $releases
		Components: main
		$([ ! -e $keys ] || echo "Signed-By: $keys")
	END
	cat >"$out/apt/apt.conf" <<-END
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Update::Post-Invoke;
		#clear Acquire::IndexTargets::deb::DEP-11;
		#clear DPkg::Post-Invoke;
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Acquire::http::Timeout "30";
		Dir::Etc::SourceList "/dev/null";
		Dir::Etc::SourceParts "$out/apt/sources";
		Dir::State::Lists "$out/apt/lists";
		Dir::Cache "$out/apt/cache";
		Dir::Cache::pkgcache "packages.bin";
	END
}

# Writes the names of all cloud kernels, oldest first, where they are not from today.
ask() {
	[ -z "$(find "$offered" -mmin -1440 2>/dev/null)" ] || return 0
	command -v apt-get >/dev/null || die "there is no apt here to fetch kernels with (name a .deb file)"
	(configure) || return 1
	if private_apt apt-get update -qq >&2; then
		private_apt apt-cache search --names-only '^linux-image-[0-9.]+(-[0-9]+|\+deb[0-9]+)-cloud-amd64$' |
			cut -d' ' -f1 | sort -V >"$offered.new" && mv "$offered.new" "$offered"
	elif [ -s "$offered" ]; then
		echo "skep: apt does not reach its mirror of Debian: the kernels are those known since $(date -r "$offered" +%F)" >&2
	else
		die "apt does not reach its mirror of Debian, to fetch kernels"
	fi
}

# The package that a word names.
named() {
	local name
	case $1 in
	newest) ask; name=$(tail -n 1 "$offered") ;;
	[0-9]*) ask; name=$(grep "^linux-image-${1//./\\.}[.]" "$offered" | tail -n 1) ;;
	*) name=$(basename "${1%%_*}" .deb) ;;
	esac
	[ -n "$name" ] || die "apt offers no cloud kernel $1"
	echo "$name"
}

# The packages that a kernel consists of, as files in the present directory. Since Debian 14 the image is apart from its modules.
download() {
	local parts
	ask
	parts=$(private_apt apt-cache depends "$1" | awk '$1 == "Depends:" && $2 ~ /^linux-(binary|modules)-/ {print $2}')
	# shellcheck disable=SC2086 # a list of words
	private_apt apt-get download -qq "$1" $parts >&2
}

# unpack NAME FILE...
unpack() {
	local name=$1 scratch deb module
	shift
	scratch=$(mktemp -d "$out/unpacking.XXXXXX")
	mkdir -p "$scratch/kernel/modules"
	for deb; do dpkg -x "$deb" "$scratch/files" || return 1; done
	find "$scratch/files" -name 'vmlinuz*' -exec mv {} "$scratch/kernel/vmlinuz" ';'
	for module in $modules; do find "$scratch/files" -name "$module.ko*" -exec cp {} "$scratch/kernel/modules/" ';'; done
	find "$scratch/kernel/modules" -name '*.xz' -exec xz -d {} ';'
	find "$scratch/files" -type d -path '*lib/modules' -exec mv -T {} "$scratch/kernel/all" ';' -prune
	echo "$modules" >"$scratch/kernel/selected"
	[ -e "$scratch/kernel/vmlinuz" ] || die "$name has no vmlinuz"
	mkdir -p "$out/kernels"
	rm -rf "${out:?}/kernels/$name"
	mv -T "$scratch/kernel" "$out/kernels/$name"
	rm -rf "$scratch"
}

[ $# -eq 1 ] || die "usage: test/vm/kernel.sh 6.1 | 6.12 | newest | PACKAGE | FILE.deb"
mkdir -p "$out/apt"
exec 9>"$out/apt/lock"
flock 9
name=$(named "$1")
if [ "$(cat "$out/kernels/$name/selected" 2>/dev/null)" != "$modules" ]; then
	if [ -f "$1" ]; then
		unpack "$name" "$1"
	else
		packages=$(mktemp -d "$out/packages.XXXXXX")
		trap 'rm -rf "$packages"' EXIT
		(cd "$packages" && download "$name") || die "apt does not fetch $name"
		unpack "$name" "$packages"/*.deb
	fi
fi
echo "$out/kernels/$name/vmlinuz"
