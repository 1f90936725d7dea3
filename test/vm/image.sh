#!/bin/bash
# Makes out/vm/initramfs, what all machines boot into: busybox, the tools that tests compare with, the runtime of .NET, Skep.EndToEnd and
# skep.
set -eu
cd "$(dirname "$0")/../.."
. test/vm/programs.sh
out=out/vm
tools="execsnoop opensnoop vfsstat runqlat klockstat funclatency filelife tcpconnlat solisten"
# shellcheck source=test/vm/parts.sh
. test/vm/parts.sh
mkdir -p $out
root=$(mktemp -d $out/root.XXXXXX)
trap 'rm -rf "$root" "$root.cpio"' EXIT

# The runtime of .NET, and what it opens by name.
add_dotnet() {
	local crypto
	copy_dotnet "$root"
	add_libraries "$dotnet/dotnet" "$dotnet/shared/Microsoft.NETCore.App/$(dotnet_version)"/*.so
	for crypto in $(ldconfig -p | sed -nE 's:.*(libssl|libcrypto)\.so\.3 .*=> (.*):\2:p'); do
		install -D "$crypto" "$root$crypto"
	done
}

chmod 755 "$root"
mkdir -p "$root"/{bin,dev,proc,sys,results,tmp,run,modules,skep/out/vm}
install -m 755 test/vm/init "$root/init"
# tcpdump asks for the user that it is to be.
mkdir "$root/etc" && echo root:x:0:0::/:/bin/sh >"$root/etc/passwd"
# The real ip and tc come before busybox's.
for program in busybox bpftool ip tc ethtool objdump tcpdump $tools; do
	program=$(PATH=$PATH:/usr/sbin:/sbin command -v "$program") ||
		{ echo "skep: $program is not there (sudo make vm-deps installs it)" >&2; exit 1; }
	add_program "$program"
done
for program in out/skep out/demo/{ringbuf_submit,traffic} "$out"/scenes/{calls,calls32,links}; do add_libraries "$program"; done
install -m 755 "$out/scenes/links" "$root/bin/"
cp -r "$out/scenes" "$root/skep/out/vm/"
copy_skep "$root"
ln -s /skep/out/skep "$root/bin/skep"
install -D -t "$root/skep/out/demo" out/demo/{ringbuf_submit,ringbuf_submit.bpf.o,traffic}
install -D -m 644 -t "$root/skep/docs" docs/kernels.md
install -D -m 644 -t "$root/skep/packaging/guard" packaging/guard/*.toml
add_dotnet
(cd "$root" && find . | cpio -o -H newc --quiet) >"$root.cpio"
mv "$root.cpio" $out/initramfs
