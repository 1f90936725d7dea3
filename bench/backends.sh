#!/bin/bash
# What each capture backend costs system calls that are not BPF's, on and off in turns within one run of a virtual machine (make vm-parts
# makes what that needs): backends.sh [KERNEL]. KERNEL is as in test/vm/kernel.sh. Emulated processors: only the ratios mean anything.
# A turn is the least of many short runs, which a busy host disturbs least. Prints the medians of the turns and keeps them in
# bench/results/backends/KERNEL (RECORD=no keeps none); nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
rounds=${ROUNDS:-5} runs=${RUNS:-25} calls=${CALLS:-2000} backends=${BACKENDS:-fentry kprobe raw_tp}
wanted=${1:-6.12}
kernel=$(test/vm/kernel.sh "$wanted")
mkdir -p out/bench
FACTS=$PWD/out/bench/backends.facts
: >"$FACTS"
gcc -O2 -Wall -Wextra -Werror bench/drive.c -o out/vm/scenes/drive -lpthread
./test/vm/image.sh

# As the watch writes nothing of these calls, its own work is none. Both states of a round follow each other.
VM_INITRAMFS=out/vm/initramfs ./test/vm/boot.sh "$kernel" out/vm/by-hand/backends <<-END
	drive=/skep/out/vm/scenes/drive
	for round in \$(seq $rounds); do
		for backend in $backends; do
			for state in off on; do
				if [ \$state = on ]; then
					rm -f /tmp/talk
					skep watch --backend \$backend -j -o /dev/null 2>/tmp/talk &
					watch=\$!
					until grep -qs watching /tmp/talk; do sleep 0.1; done
				fi
				for run in \$(seq $runs); do
					for call in getppid setsockopt; do
						echo "\$round \$backend \$call \$state \$(\$drive \$call $calls)"
					done
				done
				[ \$state = off ] || { kill \$watch; wait \$watch; }
			done
		done
	done
END
grep -E '^[0-9]+ [a-z_]+ (getppid|setsockopt) (on|off) [0-9.]+' out/vm/by-hand/backends/output >out/bench/backends
printf '%-10s %-12s %8s %8s %8s\n' backend call median least most
for backend in $backends; do
	for call in getppid setsockopt; do
		awk -v b="$backend" -v c="$call" '
			$2 == b && $3 == c { if (!v[$1, $4] || $5 < v[$1, $4]) v[$1, $4] = $5; if ($1 > n) n = $1 }
			END { for (i = 1; i <= n; i++) if (v[i, "off"] && v[i, "on"]) print v[i, "on"] / v[i, "off"] }' out/bench/backends |
			sort -g >out/bench/ratios
		printf '%-10s %-12s %8.3f %8.3f %8.3f\n' "$backend" "$call" "$(median <out/bench/ratios)" "$(head -n 1 out/bench/ratios)" \
			"$(tail -n 1 out/bench/ratios)"
		fact "backend_${backend}_$call" "$(median <out/bench/ratios)" on/off
	done
done
[ "${RECORD:-yes}" = no ] || bench/record.sh "$FACTS" "bench/results/backends/$(basename "$wanted" .deb)"
