#!/bin/bash
# Runs the classes of Skep.EndToEnd.Machine on other kernels: each series of Debian's cloud kernels that apt offers, in virtual machines
# without disk or network. run.sh [PACKAGE or .deb ...] for others; VM_CLASSES="Watch Object Filter" are the beginnings of the names of the
# classes that share a machine, VM_SECONDS=900 is what a machine may take. The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
here=test/vm
out=out/vm
seconds=${VM_SECONDS:-900}
groups=${VM_CLASSES:-Watch Object Filter}
tests=out/bin/Skep.EndToEnd/Release/net10.0
dotnet=$(dirname "$(readlink -f "$(command -v "${DOTNET:-dotnet}")")")
modules="veth sch_ingress cls_bpf"
tools="execsnoop opensnoop vfsstat runqlat klockstat funclatency filelife tcpconnlat solisten"

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
			(cd "$out/packages" && rm -f "$name"_* &&
				apt-get -q -o APT::Sandbox::User=root download "$name" >/dev/null) || return 1
			deb=$(echo "$out/packages/$name"_*.deb)
		fi
		dpkg -x "$deb" "$out/unpacked" && mkdir -p "$out/kernels/$name/modules" &&
			mv "$out"/unpacked/boot/vmlinuz-* "$out/kernels/$name/"
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
	install -D -m 755 "$1" "$out/root/bin/$(basename "$1")"
	add_libraries "$1"
}

add_libraries() {
	local library
	for library in $(ldd "$@" 2>/dev/null | sed -nE 's:.*(=>|^)\s*(/[^ ]+) \(0x.*:\2:p' | sort -u); do
		[ -e "$out/root$library" ] || install -D -m 755 "$library" "$out/root$library"
	done
}

# The runtime of .NET, and what it opens by name.
add_dotnet() {
	local version crypto
	version=$("$dotnet/dotnet" --list-runtimes | awk '$1 == "Microsoft.NETCore.App" {print $2}' | tail -n 1)
	mkdir -p "$out/root/usr/share/dotnet/shared/Microsoft.NETCore.App"
	cp -r "$dotnet/dotnet" "$dotnet/host" "$out/root/usr/share/dotnet/"
	cp -r "$dotnet/shared/Microsoft.NETCore.App/$version" "$out/root/usr/share/dotnet/shared/Microsoft.NETCore.App/"
	add_libraries "$dotnet/dotnet" "$dotnet/shared/Microsoft.NETCore.App/$version"/*.so
	for crypto in $(ldconfig -p | sed -nE 's:.*(libssl|libcrypto)\.so\.3 .*=> (.*):\2:p'); do
		install -D "$crypto" "$out/root$crypto"
	done
}

# The real ip and tc come before busybox's.
make_initramfs() {
	local program
	rm -rf "$out/root"
	mkdir -p "$out/root"/{bin,dev,proc,sys,results,tmp,run,skep/out/vm}
	install -m 755 $here/init "$out/root/init"
	for program in busybox bpftool ip tc ethtool objdump $tools; do
		program=$(PATH=$PATH:/usr/sbin:/sbin command -v "$program") ||
			{ say "$program is not there (sudo make vm-deps installs it)"; exit 1; }
		add_program "$program"
	done
	for program in out/skep out/demo/{ringbuf_submit,traffic} "$out"/scenes/{calls,calls32,links}; do add_libraries "$program"; done
	install -m 755 "$out/scenes/links" "$out/root/bin/"
	cp -r "$out/scenes" "$out/root/skep/out/vm/"
	install -D out/skep "$out/root/skep/out/skep"
	install -D -t "$out/root/skep/out/demo" out/demo/{ringbuf_submit,ringbuf_submit.bpf.o,traffic}
	cp -r "$tests" "$out/root/skep/tests"
	: >"$out/root/skep/Skep.slnx"
	add_dotnet
	pack "$out/root" "$out/initramfs"
}

# pack DIRECTORY FILE
pack() { (cd "$1" && find . | cpio -o -H newc --quiet) >"$2"; }

# boot KERNEL GROUP DIRECTORY: what the machine sent is unpacked there. One thread for both processors: with two,
# QEMU 7.2 runs breakpoints that the kernel has already taken out of its code, and the kernel panics.
boot() {
	local code=0
	rm -rf "$3" "$out/module-root"
	mkdir -p "$3" "$out/module-root"
	cp -r "$(dirname "$1")/modules" "$out/module-root/"
	pack "$out/module-root" "$out/modules"
	cat "$out/initramfs" "$out/modules" >"$3/initramfs"
	timeout -k 5 "$seconds" qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 1536M -smp 2 -display none -nodefaults -no-reboot \
		-kernel "$1" -initrd "$3/initramfs" \
		-append "console=ttyS0 lsm=landlock,lockdown,bpf panic=-1 quiet classes=Skep.EndToEnd.Machine.$2*" \
		-serial "file:$3/console" -serial "file:$3/results.tar" </dev/null || code=$?
	rm -f "$3/initramfs"
	if [ $code -ne 0 ] || ! grep -q '^skep-vm: end,' "$3/console" || ! tar -xf "$3/results.tar" -C "$3" ||
		[ ! -s "$3/results.xml" ]; then
		say "$(basename "$1"), $2: the machine did not come to its end within $seconds s; its console ends with:"
		tail -n 15 "$3/console" >&2
		[ ! -s "$3/output" ] || tail -n 15 "$3/output" >&2
		return 1
	fi
}

# count DIRECTORY ATTRIBUTE...: their sum over the results.
count() {
	local file=$1/results.xml name sum=0
	shift
	for name; do sum=$((sum + $(grep -oE '<assembly [^>]*' "$file" | grep -oE " $name=\"[0-9]+\"" | tr -dc '0-9\n' | head -n 1))); done
	echo $sum
}

for tool in qemu-system-x86_64 cpio dpkg xz; do
	command -v $tool >/dev/null || { say "$tool is not there (sudo make test-vm installs it)"; exit 1; }
done
if [ $# -eq 0 ]; then
	command -v apt-get >/dev/null ||
		{ say "there is no apt here to fetch kernels with (give .deb files of kernels: $here/run.sh FILE...)"; exit 1; }
	mapfile -t packages < <(offered)
	[ ${#packages[@]} -gt 0 ] || { say "apt offers no linux-image-*-cloud-amd64 (apt-get update, or give .deb files)"; exit 1; }
	set -- "${packages[@]}"
fi

make_initramfs
passed=0 failed=0
for package in "$@"; do
	kernel=$(fetch "$package") || { echo "FAILED $package: not to be fetched"; failed=$((failed + 1)); continue; }
	for group in $groups; do
		results=$out/$(basename "$kernel")/$group
		if boot "$kernel" "$group" "$results"; then
			[ "$(count "$results" failed errors skipped)" -eq 0 ] || cat "$results/output"
			passed=$((passed + $(count "$results" passed)))
			failed=$((failed + $(count "$results" failed errors skipped)))
			echo "$(basename "$kernel"), $group: $(count "$results" passed) passed," \
				"$(count "$results" failed errors skipped) failed"
		else
			echo "FAILED $package, $group: no results"
			failed=$((failed + 1))
		fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
