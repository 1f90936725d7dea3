#!/bin/bash
# Runs the test projects and sums up: run.sh all | pure. The last line is "N passed, N failed".
# With CI set, a test that is skipped has failed, unless its reason says that the machine cannot.
set -u
cd "$(dirname "$0")/.."
level=${1:-all}
export SKEP=$PWD/out/skep
dotnet=${DOTNET:-dotnet}
results=out/test-results
mkdir -p "$results"
rm -f "$results"/*.xml

case $level in
all) projects=$(ls -d test/*.Tests test/Skep.EndToEnd) ;;
pure) projects=$(ls -d test/*.Tests) ;;
*) echo "usage: test/run.sh all|pure" >&2; exit 2 ;;
esac

if [ "$level" = all ]; then
	if [ "$(id -u)" -ne 0 ]; then
		echo "skep: the kernel tests need root (sudo make test; make test-pure needs none)" >&2
		exit 1
	fi
	grep -q ' /sys/kernel/tracing tracefs' /proc/self/mounts || mount -t tracefs tracefs /sys/kernel/tracing
	grep -q ' /sys/fs/bpf bpf' /proc/self/mounts || mount -t bpf bpf /sys/fs/bpf
fi

broken=0
for project in $projects; do
	"$dotnet" build "$project" -c Release -v quiet || { echo "skep: $project does not build" >&2; broken=$((broken + 1)); continue; }
	name=$(basename "$project")
	filter=(-trait- "level=machine")
	[ "$level" = pure ] && filter+=(-trait- "level=kernel")
	timeout -k 30 1800 "out/bin/$name/Release/net10.0/$name" -noColor -result-xml "$results/$name.xml" "${filter[@]}" ||
		[ -s "$results/$name.xml" ] || { echo "skep: $name ended without results (its last lines name a test that did not end)" >&2; broken=$((broken + 1)); }
done

sum() { cat "$results"/*.xml 2>/dev/null | grep -oE "<assembly [^>]*" | grep -oE " $1=\"[0-9]+\"" | tr -dc '0-9\n' | awk '{n += $1} END {print n + 0}'; }
passed=$(sum passed)
failed=$(($(sum failed) + $(sum errors) + broken))
skipped=$(sum skipped)
if [ "$skipped" -gt 0 ]; then
	echo "skipped:"
	skips=$(cat "$results"/*.xml | tr '\n' ' ' | sed 's/<test /\n&/g' | grep 'result="Skip"' |
		sed -E 's/<test [^>]* name="([^"]*)"[^>]*>.*<reason>(<!\[CDATA\[)?([^]<]*).*/\1: \3/')
	echo "$skips" | sed 's/^/  /' | head -50
	# A reason that begins so is what the kernel or the processor lacks: installing or starting anything does not help.
	unable=$(echo "$skips" | grep -c ': the machine cannot: ')
	[ -n "${CI:-}" ] && failed=$((failed + skipped - unable))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
