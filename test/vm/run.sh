#!/bin/bash
# Plays skep on other kernels: each series of Debian's cloud kernels that apt offers, in virtual machines without disk or network.
# run.sh [PACKAGE or .deb ...] for others; VM_PLAYS="watch objects filter" is what is played, each in a machine of its own, VM_SECONDS=600
# what a machine may take. The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
here=test/vm
out=out/vm
seconds=${VM_SECONDS:-600}
plays=${VM_PLAYS:-watch objects filter}
modules="veth sch_ingress cls_bpf"

say() { echo "skep: $*" >&2; }

# The newest of each series.
offered() {
	apt-cache search --names-only '^linux-image-[0-9.]+(-[0-9]+|\+deb[0-9]+)-cloud-amd64$' | cut -d' ' -f1 | sort -V |
		awk -F '[-.+]' '{newest[$3 "." $4] = $0} END {for (series in newest) print newest[series]}' | sort -V
}

# fetch PACKAGE or FILE: the path of its kernel, which lies beside its modules.
fetch() {
	local deb=$1 name module
	name=$(basename "${deb%%_*}" .deb)
	if [ ! -d "$out/kernels/$name/modules" ]; then
		if [ ! -f "$deb" ]; then
			mkdir -p "$out/packages"
			(cd "$out/packages" && rm -f "$name"_* && apt-get -q -o APT::Sandbox::User=root download "$name" >/dev/null) || return 1
			deb=$(echo "$out/packages/$name"_*.deb)
		fi
		dpkg -x "$deb" "$out/unpacked" && mkdir -p "$out/kernels/$name/modules" && mv "$out"/unpacked/boot/vmlinuz-* "$out/kernels/$name/"
		for module in $modules; do
			find "$out/unpacked" -name "$module.ko*" -exec mv {} "$out/kernels/$name/modules/" ';'
		done
		find "$out/kernels/$name/modules" -name '*.xz' -exec xz -d {} ';'
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

# The real ip and tc come before busybox's.
make_initramfs() {
	local tool
	rm -rf "$out/root"
	mkdir -p "$out/root"/{bin,dev,proc,sys,results,tmp,run}
	install -m 755 $here/init "$out/root/init"
	for program in /bin/busybox out/skep out/demo/{ringbuf_submit,traffic} "$(command -v bpftool || echo /usr/sbin/bpftool)" "$out"/scenes/{calls,calls32,links} /sbin/ip /sbin/tc; do
		add_program "$program"
	done
	install -m 644 out/demo/ringbuf_submit.bpf.o "$out"/scenes/{links,congestion}.bpf.o $here/play-* "$out/root/bin/"
	install -m 755 $here/tools-at-work "$out/root/bin/"
	for tool in $(sed -n "s/^tools='\(.*\)'$/\1/p" $here/play-* | tr ';' '\n' | cut -d' ' -f1 | sort -u); do add_program "/usr/sbin/$tool"; done
	pack "$out/root" "$out/initramfs.gz"
}

# pack DIRECTORY FILE
pack() { (cd "$1" && find . | cpio -o -H newc --quiet | gzip -1) >"$2"; }

# boot KERNEL PLAY DIRECTORY: what the machine sent is unpacked there. One thread for both processors: with two,
# QEMU 7.2 runs breakpoints that the kernel has already taken out of its code, and the kernel panics.
boot() {
	local code=0
	rm -rf "$3" "$out/module-root"
	mkdir -p "$3" "$out/module-root"
	cp -r "$(dirname "$1")/modules" "$out/module-root/"
	pack "$out/module-root" "$out/modules.gz"
	cat "$out/initramfs.gz" "$out/modules.gz" >"$out/boot.gz"
	timeout -k 5 "$seconds" qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 1G -smp 2 -display none -nodefaults -no-reboot \
		-kernel "$1" -initrd "$out/boot.gz" -append "console=ttyS0 lsm=landlock,lockdown,bpf panic=-1 quiet play=$2" \
		-serial "file:$3/console" -serial "file:$3/results.tar" </dev/null || code=$?
	if [ $code -ne 0 ] || ! grep -q '^skep-vm: end,' "$3/console" || ! tar -xf "$3/results.tar" -C "$3"; then
		say "$(basename "$1"), $2: the machine did not come to its end within $seconds s; its console ends with:"
		tail -n 15 "$3/console" >&2
		return 1
	fi
}

for tool in qemu-system-x86_64 cpio dpkg jq xz; do
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
	kernel=$(fetch "$package") || { echo "FAILED $package: not to be fetched"; failed=$((failed + 1)); continue; }
	for play in $plays; do
		results=$out/$(basename "$kernel")/$play
		if boot "$kernel" "$play" "$results"; then
			"$here/verify-$play.sh" "$results" | tee "$results/verdicts"
			passed=$((passed + $(grep -c '^ok' "$results/verdicts" || true)))
			failed=$((failed + $(grep -c '^FAILED' "$results/verdicts" || true)))
		else
			echo "FAILED $package, $play: no results"
			failed=$((failed + 1))
		fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
