#!/bin/bash
# Disassembly of a million instructions: skep beside llvm-objdump on the same code, in turns within one run, and the drawing of the
# control flow. Wants a quiet machine. Prints medians; nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
rounds=${ROUNDS:-5} skep=${SKEP:-out/skep} work=out/bench/disassemble slots=${SLOTS:-1000000}
mkdir -p $work
llvm-objcopy -O binary --only-section=.text out/bpf/watch.bpf.o $work/part.bin
part=$(($(stat -c %s $work/part.bin) / 8))
for _ in $(seq $(((slots + part - 1) / part))); do cat $work/part.bin; done | head -c $((slots * 8)) >$work/code.bin
$skep prog dump $work/code.bin --elf $work/code.o

rm -f $work/*.us
for _ in $(seq "$rounds"); do
	once $work/start.us $skep --version
	once $work/decode.us $skep prog dump $work/code.bin file /dev/null
	once $work/text.us $skep prog dump $work/code.bin
	once $work/opcodes.us $skep prog dump $work/code.bin opcodes
	once $work/json.us $skep prog dump $work/code.bin -j
	once $work/llvm.us llvm-objdump -d --no-show-raw-insn $work/code.o
	once $work/largest.us $skep prog cfg out/bpf/watch.bpf.o skep_sys_enter
done
of() { median <"$work/$1.us"; }
llvm=$(of llvm)
for name in start decode text opcodes json llvm; do
	awk -v n="$name" -v us="$(of $name)" -v slots="$slots" -v llvm="$llvm" \
		'BEGIN { printf "%-8s %10.1f ms %12.0f slots/s %8.2f of llvm-objdump\n", n, us / 1000, slots * 1e6 / us, us / llvm }'
	[ $name = llvm ] || fact "disassemble_$name" "$(ratio "$(of $name)" "$llvm")" skep/llvm-objdump
done
blocks=$($skep prog cfg out/bpf/watch.bpf.o skep_sys_enter | grep -c 'class="block')
echo "drawing of skep_sys_enter ($blocks blocks): $(($(of largest) / 1000)) ms"
