#!/bin/bash
# How long prog explain takes for large objects, in turns within one run with an older skep when BEFORE=path names one: then the ratio is
# printed too. Objects of one quarter, one half and all of the programs show whether the time grows with the size. Wants a quiet machine.
# Prints medians; nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
rounds=${ROUNDS:-3} skep=${SKEP:-out/skep} before=${BEFORE:-} programs=${PROGRAMS:-600} functions=${FUNCTIONS:-300} work=out/bench/explain
mkdir -p $work

# Programs that share functions, keep a record on the stack and send it: with a section, line information and relocations each.
sources() { # programs
	awk -v programs="$1" -v functions="$functions" 'BEGIN {
		print "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nchar LICENSE[] SEC(\"license\") = \"GPL\";"
		print "struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 65536); } ring SEC(\".maps\");"
		print "struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64);"
		print "__type(key, __u32); __type(value, __u64); } seen SEC(\".maps\");"
		print "__u64 counters[64]; struct event { __u64 when; __u32 pid, cpu; char comm[16]; __u64 a, b; __u32 c, d; };"
		for (f = 0; f < functions; f++) {
			printf "static __attribute__((noinline)) __u64 f%d(__u64 a, __u32 b, struct event *e) {\n", f
			print "__u32 key = a; __u64 *v;"
			for (s = 0; s < 6; s++) {
				printf "if (b > %d) a += %d; else a ^= b;\nv = bpf_map_lookup_elem(&seen, &key);\n", s * 7, f * 31 + s
				printf "if (v) a += *v;\ncounters[%d] += a;\n", (f + s) % 64
				printf "e->b = bpf_ktime_get_ns() - a;\na = a * %d + (b >> %d);\n", f + 3, s + 1
			}
			if (f > 3 && f % 3 == 0) printf "a += f%d(a, b, e);\n", (f * 7) % f
			print "return a; }"
		}
		for (p = 0; p < programs; p++) {
			printf "SEC(\"tracepoint/syscalls/sys_enter_%d\") int p%d(void *ctx) {\n", p, p
			print "struct event e = {}, *r; __u64 a = bpf_get_prandom_u32();"
			print "e.pid = bpf_get_current_pid_tgid() >> 32;\nbpf_get_current_comm(e.comm, 16);"
			for (s = 0; s < 5; s++) {
				printf "a += f%d(a, %d, &e);\n", (p * 13 + s * 17) % functions, s
				printf "if (a == %d) bpf_ringbuf_output(&ring, &e, sizeof(e), 0);\n", s
			}
			print "r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);\nif (!r) return 0;"
			print "*r = e;\nr->d = a;\nbpf_ringbuf_submit(r, 0);\nreturn 0; }"
		}
	}'
}

rm -f $work/*.us
for part in $((programs / 4)) $((programs / 2)) "$programs"; do
	sources "$part" >$work/$part.bpf.c
	clang -O2 -g -target bpf -mcpu=v3 "-I/usr/include/$(gcc -print-multiarch)" -c $work/$part.bpf.c -o $work/$part.o
	for _ in $(seq "$rounds"); do
		[ -z "$before" ] || once $work/$part.before.us "$before" prog explain $work/$part.o
		once $work/$part.after.us "$skep" prog explain $work/$part.o
	done
	after=$(($(median <$work/$part.after.us) / 1000))
	printf '%6d programs, %5.1f MB: %7d ms' "$part" "$(stat -c %s $work/$part.o | awk '{ print $1 / 1e6 }')" "$after"
	if [ -n "$before" ]; then
		earlier=$(($(median <$work/$part.before.us) / 1000))
		printf ', before %7d ms, ratio %.1f' "$earlier" "$(ratio "$earlier" "$after")"
	fi
	echo
	fact "explain_$part" "$after" ms
done
