#!/bin/bash
# Loads the BPF programs, compiled for arm64, into a Debian kernel that qemu-system-aarch64 emulates: arm64.sh [PACKAGE]
# Prints what the kernel says of each object, and a last line "N loaded, N refused". Without a PACKAGE it is the newest cloud kernel of
# trixie. Wants qemu-system-arm.
set -eu
cd "$(dirname "$0")/../.."
out=$PWD/out/vm/arm64
# shellcheck source=build/mirror.sh
. build/mirror.sh

private_apt() { "$1" -c "$out/apt/apt.conf" "${@:2}"; }

configure() {
	mkdir -p "$out/apt/lists/partial" "$out/apt/cache/archives/partial"
	echo "deb [arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) trixie main" >"$out/apt/sources.list"
	: >"$out/apt/status"
	cat >"$out/apt/apt.conf" <<-END
		APT::Architecture "arm64";
		APT::Architectures { "arm64"; };
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		#clear Acquire::IndexTargets::deb::DEP-11;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Dir::Etc::SourceList "$out/apt/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::Lists "$out/apt/lists";
		Dir::State::status "$out/apt/status";
		Dir::Cache "$out/apt/cache";
	END
	private_apt apt-get update -qq
}

[ -d "$out/apt" ] || configure
newest() {
	private_apt apt-cache search --names-only '^linux-image-6[0-9.]+\+deb[0-9]+-cloud-arm64$' | cut -d' ' -f1 | sort -V | tail -n 1
}
name=${1:-$(newest)}
kernel=$out/kernels/$name
if [ ! -e "$kernel" ]; then
	packages=$(mktemp -d "$out/packages.XXXXXX")
	trap 'rm -rf "$packages"' EXIT
	(cd "$packages" && private_apt apt-get download -qq "$name" && dpkg -x "$name"_*.deb files)
	mkdir -p "$out/kernels"
	mv "$packages"/files/boot/vmlinuz-* "$kernel"
fi
root=$out/root
if [ ! -e "$root/usr/sbin/bpftool" ]; then
	private_apt apt-get install -qq --download-only --no-install-recommends bpftool busybox-static >/dev/null
	rm -rf "$root"
	mkdir -p "$root"
	# Directories that are links in Debian.
	mkdir -p "$root/usr/lib" "$root/usr/bin" "$root/usr/sbin"
	ln -s usr/lib "$root/lib"
	ln -s usr/bin "$root/bin"
	ln -s usr/sbin "$root/sbin"
	for package in "$out"/apt/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink
	done
	rm -rf "${root:?}/usr/share"
fi

mkdir -p "$root/objects" "$root/proc" "$root/sys" "$root/dev"
for source in bpf/*/*.bpf.c; do
	"${CLANG:-clang}" -O2 -g -Wall -Wextra -Werror -target bpf -mcpu=v3 -D__TARGET_ARCH_arm64 -Ibpf \
		"-I/usr/include/$(gcc -print-multiarch)" -c "$source" -o "$root/objects/$(basename "$source" .c).o"
done
cat >"$root/init" <<'END'
#!/usr/bin/busybox sh
export PATH=/usr/bin:/usr/sbin
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t bpf bpf /sys/fs/bpf
echo "skep-arm64: $(busybox uname -r) $(busybox uname -m)"
loaded=0 refused=0
for object in /objects/*.o; do
	name=$(busybox basename "$object" .bpf.o)
	if bpftool prog loadall "$object" "/sys/fs/bpf/$name" >/messages 2>&1; then
		loaded=$((loaded + 1))
		echo "skep-arm64: $name: $(busybox ls "/sys/fs/bpf/$name" | busybox wc -l) programs loaded"
	else
		refused=$((refused + 1))
		echo "skep-arm64: $name: refused: $(busybox tail -n 3 /messages)"
	fi
done
echo "skep-arm64: $loaded loaded, $refused refused"
busybox poweroff -f
END
chmod 755 "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$out/initramfs"
timeout -k 5 "${VM_SECONDS:-600}" qemu-system-aarch64 -M virt -cpu cortex-a72 -accel tcg -m 1024M -display none -nodefaults -no-reboot \
	-kernel "$kernel" -initrd "$out/initramfs" -append "console=ttyAMA0 panic=-1 quiet" -serial "file:$out/console" </dev/null || true
tr -d '\r' <"$out/console" | sed -n 's/^skep-arm64: //p' | tee "$out/result"
tail -n 1 "$out/result" | grep -q ' loaded, 0 refused$' || { [ -s "$out/result" ] || tail -n 20 "$out/console" >&2; exit 1; }
