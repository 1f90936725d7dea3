# shellcheck shell=bash
# What the tests of packages share. A test is a line of check; what it prints is its reason when it fails.

version=$(./build/version.sh --package)
architecture=$(dpkg --print-architecture)
packages=$PWD/out/packages
deb=$packages/skep_${version}_$architecture.deb
symbols=$packages/skep-dbgsym_${version}_$architecture.deb
tarball=$packages/skep-$version-linux-$architecture.tar.gz
image=$packages/skep-$version-oci-linux-$architecture.tar
export deb symbols tarball image

# check NAME COMMAND...
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		echo "$name" >>"$SKEP_RESULTS/passed"
	else
		echo "$name: $(echo "$output" | tail -n 20 | tr '\n' ' ')" | tee -a "$SKEP_RESULTS/failed" >&2
	fi
}

# skip NAME REASON
skip() { echo "packages: $1: the machine cannot: $2" | tee -a "$SKEP_RESULTS/skipped" >&2; }

# A clean Debian in $root, with mounts that only this script has: a bpffs of its own, and a network namespace of its own.
# Sets root; fails where no Debian can be made.
clean_root() {
	local base
	base=$(./build/debian-root.sh) || return
	root=$(mktemp -d "$packages/test-root.XXXXXX")
	trap 'leave_root' EXIT
	chmod 755 "$root"
	tar -C "$root" -xf "$base"
	mount --make-rprivate /
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount -t bpf bpf "$root/sys/fs/bpf"
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	mount --rbind /dev "$root/dev"
	ip link set lo up
}

leave_root() {
	# What is mounted must not be removed.
	umount -l -R "$root/run" "$root/sys" "$root/proc" "$root/dev" 2>/dev/null
	mountpoint -q "$root/sys" || mountpoint -q "$root/dev" || rm -rf --one-file-system "$root"
}

# inside COMMAND...: in the clean Debian.
enter=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 chroot)
inside() { "${enter[@]}" "$root" "$@"; }

# What there is, without what dpkg and umount note of themselves.
inventory() {
	(cd "$root" && find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/lib/dpkg -o -path ./var/log \
		-o -path ./run/mount \) -prune -o -print | LC_ALL=C sort)
}

# same_as FILE: whether there is what there was; prints the difference.
same_as() { diff <(inventory) "$1"; }

# places PREFIX UNITS: what is installed is where an administrator looks for it: programs can be run, and nothing else can.
places() {
	local file missing=0 examples=$1/share/doc/skep/examples
	for file in "$1/bin/skep" "$1/lib/skep/skep-feed" \
		"$examples"/{crowdsec/skep-bouncer,nftables/skep-nft-mirror,sshguard/sshg-fw-skep}; do
		[ -x "$root$file" ] || { missing=1; echo "$file is no program"; }
	done
	for file in "$2"/{skep.service,skep-filter.service,skep-feed@.service,skep-feed@.timer,run-skep-bpf.mount} /etc/skep/skep.toml \
		"$1"/share/{bash-completion/completions/skep,fish/vendor_completions.d/skep.fish} \
		"$1"/share/doc/skep/{README.md,cookbook.md,feed.md} \
		"$examples"/{fail2ban/skep.conf,crowdsec/crowdsec-custom-bouncer.yaml.local,guard/server.toml,container/compose.yaml}; do
		[ -f "$root$file" ] && [ ! -x "$root$file" ] || { missing=1; echo "$file is no file, or a program"; }
	done
	for file in /etc/skep/{alerts.d,filter.d,feeds.d}; do [ -d "$root$file" ] || { missing=1; echo "$file is no directory"; }; done
	[ $missing -eq 0 ]
}

# named_by_units UNITS: the programs and documents that the units name are there.
named_by_units() {
	local file missing=0 program='s/^Exec[A-Za-z]*=([^ ]+).*/\1/p' document='s/^Documentation=(man:[^ ]* ?)?(file:\S*)?/\2/p'
	for file in $(sed -nE "$program; $document" "$root$1"/{skep*,run-skep*}); do
		[ -e "$root${file#file://}" ] || { missing=1; echo "$file is not there"; }
	done
	[ $missing -eq 0 ]
}

# What an installed skep does: it answers, reads the kernel, and its agent stores and serves.
runs() {
	local program=$1
	check "$2: skep --version" says "$(./build/version.sh --release)" inside "$program" --version
	check "$2: skep doctor" inside "$program" doctor
	check "$2: skep prog list" inside "$program" prog list -j
	check "$2: the configuration is without an error" inside "$program" agent --check-config
	check "$2: the agent runs" agent "$program"
}

# says TEXT COMMAND...
says() {
	local text=$1 output
	shift
	output=$("$@" 2>&1) || { echo "$output"; return 1; }
	grep -qF -- "$text" <<<"$output" || { echo "no \"$text\" in: $output"; return 1; }
}

# Starts the agent, waits until it answers, and ends it.
agent() {
	local program=$1 pid answer=1
	"${enter[@]}" "$root" "$program" agent >"$SKEP_RESULTS/agent.log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		if inside "$program" agent status >/dev/null 2>&1; then answer=0; break; fi
		kill -0 $pid 2>/dev/null || break
		sleep 0.2
	done
	kill -TERM $pid 2>/dev/null
	wait $pid || answer=1
	[ -e "$root/var/lib/skep/skep.db" ] || answer=1
	[ $answer -eq 0 ] || tail -n 5 "$SKEP_RESULTS/agent.log"
	return $answer
}
