#!/bin/bash
# Plays skep watch on other kernels: each series of Debian's cloud kernels that apt offers, in a virtual machine
# without disk or network. run.sh [PACKAGE or .deb ...] for others; VM_SECONDS=180 is what a machine may take. The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
here=test/vm
out=out/vm
seconds=${VM_SECONDS:-180}

say() { echo "skep: $*" >&2; }

# The newest of each series.
offered() {
	apt-cache search --names-only '^linux-image-[0-9.]+(-[0-9]+|\+deb[0-9]+)-cloud-amd64$' | cut -d' ' -f1 | sort -V |
		awk -F '[-.+]' '{newest[$3 "." $4] = $0} END {for (series in newest) print newest[series]}' | sort -V
}

# fetch PACKAGE or FILE: the path of its kernel.
fetch() {
	local deb=$1 name
	name=$(basename "${deb%%_*}" .deb)
	if [ ! -d "$out/kernels/$name" ]; then
		if [ ! -f "$deb" ]; then
			mkdir -p "$out/packages"
			(cd "$out/packages" && rm -f "$name"_* && apt-get -q -o APT::Sandbox::User=root download "$name" >/dev/null) || return 1
			deb=$(echo "$out/packages/$name"_*.deb)
		fi
		dpkg -x "$deb" "$out/unpacked" && mkdir -p "$out/kernels/$name" && mv "$out"/unpacked/boot/vmlinuz-* "$out/kernels/$name/"
		rm -rf "$out/unpacked"
	fi
	echo "$out/kernels/$name"/vmlinuz-*
}

# A program and the libraries that ldd names, where it looks for them.
add_program() {
	local library
	install -D -m 755 "$1" "$out/root/bin/$(basename "$1")"
	for library in $(ldd "$1" 2>/dev/null | grep -oE '/[^ ]+'); do
		[ -e "$out/root$library" ] || install -D -m 755 "$library" "$out/root$library"
	done
}

make_initramfs() {
	local tool
	rm -rf "$out/root"
	mkdir -p "$out/root"/{bin,dev,proc,sys,results,tmp}
	install -m 755 $here/init "$out/root/init"
	for program in /bin/busybox out/skep out/demo/ringbuf_submit "$(command -v bpftool || echo /usr/sbin/bpftool)" "$out"/scenes/{calls,calls32,links}; do
		add_program "$program"
	done
	install -m 644 out/demo/ringbuf_submit.bpf.o "$out/scenes/links.bpf.o" "$out/root/bin/"
	install -m 755 $here/tools "$out/root/bin/"
	for tool in $(grep '^start ' $here/tools | cut -d' ' -f2); do add_program "/usr/sbin/$tool"; done
	(cd "$out/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/initramfs.gz"
}

# boot KERNEL DIRECTORY: what the machine sent is unpacked there. One thread for both processors: with two,
# QEMU 7.2 runs breakpoints that the kernel has already taken out of its code, and the kernel panics.
boot() {
	rm -rf "$2"
	mkdir -p "$2"
	timeout -k 5 $seconds qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 1G -smp 2 -display none -nodefaults -no-reboot \
		-kernel "$1" -initrd "$out/initramfs.gz" -append "console=ttyS0 lsm=landlock,lockdown,bpf panic=-1 quiet" \
		-serial "file:$2/console" -serial "file:$2/results.tar" </dev/null || {
		say "$(basename "$1"): the machine did not end within $seconds s; its console ends with:"
		tail -n 15 "$2/console" >&2
		return 1
	}
	grep -q '^skep-vm: end,' "$2/console" && tar -xf "$2/results.tar" -C "$2" || {
		say "$(basename "$1"): the machine ended early; its console ends with:"
		tail -n 15 "$2/console" >&2
		return 1
	}
}

for tool in qemu-system-x86_64 cpio dpkg jq; do
	command -v $tool >/dev/null || { say "$tool is not there (sudo make test-vm installs it)"; exit 1; }
done
if [ $# -eq 0 ]; then
	command -v apt-get >/dev/null || { say "there is no apt here to fetch kernels with (give .deb files of kernels: $here/run.sh FILE...)"; exit 1; }
	mapfile -t packages < <(offered)
	[ ${#packages[@]} -gt 0 ] || { say "apt offers no linux-image-*-cloud-amd64 (apt-get update, or give .deb files)"; exit 1; }
	set -- "${packages[@]}"
fi

make_initramfs
passed=0 failed=0
for package in "$@"; do
	if kernel=$(fetch "$package") && results=$out/$(basename "$kernel") && boot "$kernel" "$results"; then
		$here/verify.sh "$results" | tee "$results/verdicts"
		passed=$((passed + $(grep -c '^ok' "$results/verdicts" || true)))
		failed=$((failed + $(grep -c '^FAILED' "$results/verdicts" || true)))
	else
		echo "FAILED $package: no results"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
