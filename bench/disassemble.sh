#!/bin/bash
# Disassembly of a million instructions: skep beside llvm-objdump on the same code, in turns within one run, and the drawing of the
# control flow. Wants a quiet machine. Prints medians; nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} skep=${SKEP:-out/skep} work=out/bench/disassemble slots=${SLOTS:-1000000}
mkdir -p $work
llvm-objcopy -O binary --only-section=.text out/bpf/watch.bpf.o $work/part.bin
part=$(($(stat -c %s $work/part.bin) / 8))
for _ in $(seq $(((slots + part - 1) / part))); do cat $work/part.bin; done | head -c $((slots * 8)) >$work/code.bin
$skep prog dump $work/code.bin --elf $work/code.o

once() { # name command...
	name=$1
	shift
	begin=$(date +%s%N)
	"$@" >/dev/null
	echo $((($(date +%s%N) - begin) / 1000)) >>$work/$name.us
}
rm -f $work/*.us
for _ in $(seq "$rounds"); do
	once start $skep --version
	once decode $skep prog dump $work/code.bin file /dev/null
	once text $skep prog dump $work/code.bin
	once opcodes $skep prog dump $work/code.bin opcodes
	once json $skep prog dump $work/code.bin -j
	once llvm llvm-objdump -d --no-show-raw-insn $work/code.o
	once largest $skep prog cfg out/bpf/watch.bpf.o skep_sys_enter
done
median() { sort -g "$work/$1.us" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
llvm=$(median llvm)
for name in start decode text opcodes json llvm; do
	awk -v n="$name" -v us="$(median $name)" -v slots="$slots" -v llvm="$llvm" \
		'BEGIN { printf "%-8s %10.1f ms %12.0f slots/s %8.2f of llvm-objdump\n", n, us / 1000, slots * 1e6 / us, us / llvm }'
done
echo "picture of skep_sys_enter ($($skep prog cfg out/bpf/watch.bpf.o skep_sys_enter | grep -c 'class="block') blocks): $(($(median largest) / 1000)) ms"
