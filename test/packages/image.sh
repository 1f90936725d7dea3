#!/bin/bash
# The image: run by buildah with the mounts and capabilities that packaging/container/README.md lists.
set -u
if [ -z "${SKEP_OWN:-}" ]; then SKEP_OWN=1 exec unshare --mount --net "$0" "$@"; fi
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/packages/common.sh
. test/packages/common.sh
# shellcheck source=build/buildah.sh
. build/buildah.sh
files=packaging/container
work=$SKEP_RESULTS/image
mkdir -p "$work/state" "$work/run"

# What the README has in its tables, the unit, and the files for Docker and Kubernetes.
capabilities() { sed -n 's/^| `CAP_\([A-Z_]*\)`.*/\1/p' $files/README.md | sort; }
mounts() { sed -n 's/^| `\(\/[^`]*\)` |.*/\1/p' $files/README.md | sort; }
of_unit() { sed -n 's/^CapabilityBoundingSet=//p' packaging/systemd/skep.service | tr ' ' '\n' | sed 's/^CAP_//' | sort; }
of_file() { grep -oE "(cap_add|add): \[[A-Z_, ]*\]" "$1" | grep -oE '[A-Z_]{2,}' | sort; }
mounts_of() {
	case $1 in
	*compose*) sed -n 's,^ *- \(/[a-z/]*\):/.*,\1,p' "$1" ;;
	*) sed -n 's,.*mountPath: \(/[a-z/]*\).*,\1,p' "$1" | grep -vx /tmp ;;
	esac | sort
}
same_capabilities() { diff <(capabilities) <(of_unit) && diff <(capabilities) <(of_file "$1") && diff <(mounts) <(mounts_of "$1"); }
parses() { python3 -c 'import sys, yaml; list(yaml.safe_load_all(open(sys.argv[1])))' "$1"; }

# run COMMAND...: in the container, with these capabilities and no others. buildah's --cap-drop ALL drops those that are added, too.
run() {
	local capability options=()
	for capability in AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID \
		SYS_CHROOT; do
		options+=(--cap-drop "CAP_$capability")
	done
	for capability in $(capabilities); do options+=(--cap-add "CAP_$capability"); done
	buildah run --isolation chroot --network host --pid host "${options[@]}" -v /sys/kernel/btf:/sys/kernel/btf:ro \
		-v /sys/fs/bpf:/sys/fs/bpf -v /sys/kernel/tracing:/sys/kernel/tracing -v /sys/fs/cgroup:/sys/fs/cgroup:ro \
		-v "$work/run:/run/skep" -v "$work/state:/var/lib/skep" "$container" -- "$@"
}

effective() {
	local mask
	mask=$(run sed -n 's/^CapEff:\t*//p' /proc/self/status) || return
	diff <(capabilities) <(capsh --decode="$mask" | sed 's/.*=//' | tr ',' '\n' | sed 's/^cap_//' | tr '[:lower:]' '[:upper:]' | sort)
}

for file in compose.yaml daemonset.yaml; do
	check "image: $file has the mounts and capabilities of the README" same_capabilities $files/$file
	if python3 -c 'import yaml' 2>/dev/null; then check "image: $file is YAML" parses $files/$file; fi
done
if ! ./build/debian-root.sh >/dev/null || { [ ! -e "$image" ] && ! ./build/image.sh >/dev/null; }; then
	skip image "make an image (make image has why)"
	exit 0
fi
mount --make-rprivate /
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
container=$(buildah from --quiet --security-opt seccomp=unconfined "oci-archive:$image") ||
	{ echo "image: buildah does not take it" >>"$SKEP_RESULTS/failed"; exit 1; }
trap 'buildah rm "$container" >/dev/null; rm -rf out/packages/storage' EXIT
entry() { buildah inspect --format '{{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}}' "$container"; }

# buildah runs one command at a time in a container, so that the agent is asked from outside.
agent() {
	local answer=1 pid
	printf 'state_dir = "%s"\nruntime_dir = "%s"\n' "$work/state" "$work/run" >"$work/skep.toml"
	run /usr/bin/skep agent >"$work/agent.log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		if out/skep agent status --config "$work/skep.toml" >"$work/status" 2>&1; then answer=0; break; fi
		kill -0 $pid 2>/dev/null || break
		sleep 0.2
	done
	kill -TERM "$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$work/run/agent.json")"
	wait $pid
	[ $answer -eq 0 ] && [ -e "$work/state/skep.db" ] || { tail -n 5 "$work/agent.log" "$work/status"; return 1; }
}

check "image: it runs the agent" says "[/usr/bin/skep] [agent]" entry
check "image: its capabilities are those of the README" effective
check "image: skep --version" says "$(./build/version.sh --release)" run /usr/bin/skep --version
check "image: skep doctor" run /usr/bin/skep doctor
check "image: skep prog list" run /usr/bin/skep prog list -j
check "image: the agent runs" agent
