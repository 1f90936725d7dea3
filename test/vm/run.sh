#!/bin/bash
# Runs the classes of Skep.EndToEnd.Machine on other kernels: run.sh [KERNEL...], where KERNEL is as in kernel.sh, and by default is each of
# Debian's series, and the newest. VM_CLASSES="Watch Object Filter" are the beginnings of the names of the classes that share a machine,
# VM_SECONDS=900 is what a machine may take. The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
out=out/vm
groups=${VM_CLASSES:-Watch Object Filter}
[ $# -gt 0 ] || set -- 6.1 6.12 newest

# count DIRECTORY ATTRIBUTE...: their sum over the results.
count() {
	local file=$1/results.xml name sum=0
	shift
	for name; do sum=$((sum + $(grep -oE '<assembly [^>]*' "$file" | grep -oE " $name=\"[0-9]+\"" | tr -dc '0-9\n' | head -n 1))); done
	echo $sum
}

./test/vm/image.sh
passed=0 failed=0
for wanted; do
	kernel=$(test/vm/kernel.sh "$wanted") || { echo "FAILED $wanted: not to be fetched"; failed=$((failed + 1)); continue; }
	name=$(basename "$(dirname "$kernel")")
	for group in $groups; do
		results=$out/results/$name/$group
		./test/vm/boot.sh "$kernel" "$results" <<<"tests 'Skep.EndToEnd.Machine.$group*'" || true
		if [ -s "$results/results.xml" ]; then
			[ "$(count "$results" failed errors skipped)" -eq 0 ] || cat "$results/output"
			passed=$((passed + $(count "$results" passed)))
			failed=$((failed + $(count "$results" failed errors skipped)))
			echo "$name, $group: $(count "$results" passed) passed, $(count "$results" failed errors skipped) failed"
		else
			echo "FAILED $name, $group: no results"
			failed=$((failed + 1))
		fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
