#!/bin/bash
# Makes out/study/initramfs, what the machines of the study boot into: busybox, Skep, the tools beside it, and modules for virtual
# networks: image.sh KERNEL
set -eu
cd "$(dirname "$0")/.."
. test/vm/programs.sh
all=$(dirname "$1")/all
version=$(ls "$all")
root=$(mktemp -d out/study/root.XXXXXX)
trap 'rm -rf "$root" "$root.cpio"' EXIT
chmod 755 "$root"
mkdir -p "$root"/{dev,proc,sys,tmp,run,study,lib}

for program in busybox bash ip tc ethtool tcpdump nft iptables; do
	program=$(PATH=$PATH:/usr/sbin:/sbin command -v "$program") ||
		{ echo "skep: $program is not there (sudo make study-deps installs it)" >&2; exit 1; }
	add_program "$program"
done
add_program out/skep
# tcpdump of Debian becomes this user.
mkdir "$root/etc"
printf '%s:x:0:0::/:/bin/sh\n' root tcpdump >"$root/etc/passwd"
extensions=$(find /usr/lib -type d -name xtables | head -n 1)
mkdir -p "$root$extensions"
cp "$extensions"/lib{xt,ipt}_*.so "$root$extensions/"
cp -r out/study/files/. "$root/study/"
install -m 755 study/machine "$root/init"

# Modules of networks only, unpacked, because busybox loads no packed ones.
modules=$root/lib/modules/$version
for part in net drivers/net/{virtio_net,net_failover,tun,tap,veth,macvlan}.ko lib/libcrc32c.ko crypto/crc32c_generic.ko \
	arch/x86/crypto/crc32c-intel.ko; do
	for file in "$all/$version/kernel/$part"*; do
		[ -e "$file" ] || continue
		mkdir -p "$(dirname "$modules/kernel/$part")"
		cp -r "$file" "$(dirname "$modules/kernel/$part")/"
	done
done
rm -rf "$modules"/kernel/net/{bluetooth,wireless,mac80211,sctp,sunrpc,9p,ceph,rds,tipc,openvswitch,mptcp,vmw_vsock,smc,l2tp,xfrm,dccp,rxrpc}
find "$modules" -name '*.xz' -exec xz -d {} +
cp "$all/$version"/modules.{order,builtin,builtin.modinfo} "$modules/"
busybox depmod -b "$root" "$version"
(cd "$root" && find . | cpio -o -H newc --quiet) >"$root.cpio"
mv "$root.cpio" out/study/initramfs
