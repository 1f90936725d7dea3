#!/bin/bash
# Runs the test projects and sums up: run.sh all | pure. The last line is "N passed, N failed".
# The tests of the kernel take turns. While the first of them run, out/skep is built, which only Skep.EndToEnd and the virtual machines
# need; one after the other, the pure tests, the debug adapter's client (test/dap/run.sh), Chromium (test/web/run.sh), the samples of the
# packages (test/samples/run.sh) and the virtual machines (test/vm/run.sh) run beside Skep.EndToEnd.
# The tests of commands (Skep.Cli.Tests) start out/skep; with `pure`, what they are built with.
# With CI set, a test that is skipped has failed, unless its reason says that the machine cannot.
# UPDATE_GOLDENS=1 writes what golden tests find.
set -u
cd "$(dirname "$0")/.." || exit
level=${1:-all}
export SKEP=$PWD/out/skep
dotnet=${DOTNET:-dotnet}
results=out/test-results
mkdir -p "$results"
rm -f "$results"/*
projects=$(basename -a test/*.Tests)

case $level in
all)
	if [ "$(id -u)" -ne 0 ]; then
		echo "skep: the kernel tests need root (sudo make test; make test-pure needs none)" >&2
		exit 1
	fi
	grep -q ' /sys/kernel/tracing tracefs' /proc/self/mounts || mount -t tracefs tracefs /sys/kernel/tracing
	grep -q ' /sys/fs/bpf bpf' /proc/self/mounts || mount -t bpf bpf /sys/fs/bpf
	;;
pure) unset SKEP ;;
*) echo "usage: test/run.sh all|pure" >&2; exit 2 ;;
esac

# run PROJECT PART OPTION...: results in PROJECT.PART.xml. Where there are none, a file PROJECT.PART.broken says so.
run() {
	local project=$1 file=$results/$1.$2
	shift 2
	timeout -k 30 3000 "out/bin/$project/Release/net10.0/$project" -noColor -result-xml "$file.xml" "$@" ||
		[ -s "$file.xml" ] ||
		{ echo "skep: $project ended without results (its last lines name a test that did not end)" | tee "$file.broken" >&2; }
}

# Network devices that come meanwhile are of Skep.EndToEnd: a pure test makes none (Skep.Testing/LeakCheck.cs).
pure() {
	local project
	for project in $projects; do SKEP_TEST_LEVEL=pure run "$project" pure -trait- level=kernel -trait- level=machine; done
}

# Skep.EndToEnd apart.
kernel() {
	local project projects
	mapfile -t projects < <(grep -rlF 'Trait("level", "kernel")' test/*.Tests --include='*.cs' | cut -d/ -f2 | sort -u)
	for project in "${projects[@]}"; do run "$project" kernel -trait level=kernel; done
}

"$dotnet" build Skep.slnx --no-restore -c Release -v quiet || { echo "skep: the tests do not build" | tee "$results/build.broken" >&2; }
if [ "$level" = all ]; then
	make --no-print-directory build &
	binary=$!
	kernel
	if wait $binary; then
		{
			pure
			for part in dap web samples; do "./test/$part/run.sh" "$results"; done
			./test/vm/run.sh chosen "$results"
		} &
	else
		echo "skep: out/skep does not build" | tee "$results/skep.broken" >&2
		pure &
	fi
	run Skep.EndToEnd kernel -trait- level=machine
	# Of the tests for other kernels, that of the backends: this kernel is one more.
	run Skep.EndToEnd backends -trait level=machine -class '*.WatchBackendTests' -class '*.WatchDeviceTests'
	wait
else
	pure
fi

./test/sum.sh "$results"
