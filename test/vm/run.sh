#!/bin/bash
# Boots other kernels, and runs classes of Skep.EndToEnd.Machine there: run.sh all | chosen DIRECTORY
# all: each class on each kernel. chosen: what `make test` runs (see chosen), some minutes.
# Results are in DIRECTORY, for sum.sh. VM_KERNELS="newest 6.1" names the kernels, as kernel.sh does; VM_CLASSES="Watch Object" the
# beginnings of the names of classes, for each kernel; VM_SECONDS=1800 is what a machine may take.
set -u
cd "$(dirname "$0")/../.." || exit
which=$1
results=$2
export VM_SECONDS=${VM_SECONDS:-1800}
mkdir -p "$results"

# Capture differs with each kernel; these classes, or beginnings of the names of their tests, take a machine some minutes.
chosen() {
	echo "VerifyCause WatchBackend WatchDevice WatchKernelTable WatchLink Trace"
	# The oldest verifier and the newest take the programs of filters, those between them too.
	[ "$1" = 6.12 ] || echo FilterList
	case $1 in
	# It preempts programs of trampolines and tracepoints, and verifies signatures.
	newest)
		echo "CrowdTests.Each_call GuardProtection GuardTests.Each_condition KernelNames LoadSignature"
		echo "LinkMulti WatchCallTests.A_command_with_common"
		;;
	6.12) echo "LoadStormTests.With_trampolines WatchScene Guard" ;;
	*) echo "WatchScene GuardTests" ;;
	esac
}

# passed, failed and skipped of a file of results
count() { grep -oE '<assembly [^>]*' "$1" | grep -oE " $2=\"[0-9]+\"" | tr -dc 0-9; }

# machine KERNEL CLASSES
machine() {
	local image name directory classes=() class begun=$SECONDS code=0
	if ! image=$(./test/vm/kernel.sh "$1" 2>"$results/vm-$1.log"); then
		echo "virtual machine $1: the machine cannot: $(tail -n 1 "$results/vm-$1.log")" | tee "$results/vm-$1.skipped" >&2
		return
	fi
	name=$(basename "$(dirname "$image")")
	directory=out/vm/results/$name
	for class in $2; do classes+=("'Skep.EndToEnd.Machine.$class*'"); done
	./test/vm/boot.sh "$image" "$directory" <<<"tests ${classes[*]}" || code=$?
	if [ $code -ne 0 ]; then
		[ ! -s "$directory/output" ] || grep -vE '\[(STARTING|FINISHED)\]' "$directory/output" >&2
	fi
	if [ ! -s "$directory/results.xml" ] || [ "$(count "$directory/results.xml" total)" -eq 0 ]; then
		echo "skep: $name: no test ran in the virtual machine" | tee "$results/vm-$1.broken" >&2
		return
	fi
	cp "$directory/results.xml" "$results/vm-$1.xml"
	if [ $code -ne 0 ] && [ "$(count "$directory/results.xml" failed)$(count "$directory/results.xml" errors)" = 00 ]; then
		echo "skep: $name: the tests in the virtual machine ended with $code" | tee "$results/vm-$1.broken" >&2
	fi
	echo "skep: $name: $(count "$directory/results.xml" passed) passed, $(count "$directory/results.xml" failed) failed," \
		"$(count "$directory/results.xml" skipped) skipped in $((SECONDS - begun)) s" >&2
}

if [ "$(uname -m)" != x86_64 ]; then
	echo "virtual machines: the machine cannot: they are for x86_64 binaries, and this is $(uname -m)" >"$results/vm.skipped"
	exit 0
fi
./test/vm/image.sh || { echo "skep: the virtual machines have no initramfs" | tee "$results/vm.broken" >&2; exit 1; }
# The longest first, two at once.
for kernel in ${VM_KERNELS:-6.12 6.1 newest}; do
	[ "$(jobs -pr | wc -l)" -lt 2 ] || wait -n
	case $which in
	chosen) machine "$kernel" "${VM_CLASSES:-$(chosen "$kernel")}" & ;;
	*) machine "$kernel" "${VM_CLASSES:-Watch Object Filter Crowd Load Guard Trace}" & ;;
	esac
done
wait
