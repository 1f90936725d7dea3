#!/bin/bash
# What policies cost a load of a program, and bpf(2) besides, off and on in turns within one run of a virtual machine (make vm-parts makes
# what that needs): guard.sh [KERNEL]. KERNEL is as in test/vm/kernel.sh. Emulated processors: only the ratios mean anything. The last
# column is what the ratio comes to where the same loads take as long as on this machine, without policies. Nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
rounds=${ROUNDS:-5} milliseconds=${MILLISECONDS:-1500} sizes=${SIZES:-1 100 1000} programs=${PROGRAMS:-10 100 1000}
kernel=$(test/vm/kernel.sh "${1:-6.12}")
mkdir -p out/bench
./test/vm/image.sh

# Rules that compare what the caller is and what is loaded, of which none matches; with digest, SHA-256 of the code too.
policies() {
	cat <<-'END'
		policy() {
			printf '[policy]\nname = "cost"\n'
			for i in $(seq $2); do
				printf '[[rule]]\naction = "deny"\non = "prog_load"\n'
				case $((i % 4)) in
				0) printf 'exe = "/opt/agent%d/bin/*"\nhelper = "probe_write_user"\n' $i ;;
				1) printf 'uid = %d\nprog_type = ["kprobe", "tracepoint"]\n' $((1000 + i)) ;;
				2) printf 'unit = "service%d.service"\nnot_capability = "bpf"\n' $i ;;
				3) printf 'prog_name = "name%d*"\ninsn_cnt = "%d-"\n' $((i % 200)) $((100000 + i)) ;;
				esac
			done
			[ $1 = caller ] || for i in $(seq $2); do
				printf '[[rule]]\naction = "deny"\non = "prog_load"\nsha256 = "%064x"\n' $i
			done
		}
	END
}

VM_SECONDS=${VM_SECONDS:-3000} VM_INITRAMFS=out/vm/initramfs ./test/vm/boot.sh "$kernel" out/vm/by-hand/guard <<-END
	mount -t securityfs securityfs /sys/kernel/security
	guarded=/skep/out/vm/scenes/guarded
	$(policies)
	for shape in caller digest; do
		for size in $sizes; do
			policy \$shape \$size >/tmp/\$shape.\$size.toml
			for round in \$(seq $rounds); do
				for state in off on; do
					[ \$state = off ] || skep guard apply --no-built-in /tmp/\$shape.\$size.toml
					for insns in $programs; do
						echo "\$round \$shape \$size \$insns \$state \$(\$guarded time \$insns $milliseconds)"
					done
					[ \$state = off ] || skep guard remove
				done
			done
		done
	done
END
grep -E '^[0-9]+ (caller|digest) [0-9]+ [0-9]+ (on|off) [0-9]+' out/vm/by-hand/guard/output >out/bench/guard
printf '%-8s %6s %6s %8s %8s %8s %12s\n' policy rules insns median least most 'us more'
for insns in $programs; do native[insns]=$(out/vm/scenes/guarded time "$insns" 1000); done
for shape in caller digest; do
	for size in $sizes; do
		for insns in $programs; do
			awk -v s="$shape" -v n="$size" -v p="$insns" '
				$2 == s && $3 == n && $4 == p { v[$1, $5] = $6; if ($1 > r) r = $1 }
				END { for (i = 1; i <= r; i++) if (v[i, "off"] && v[i, "on"]) print v[i, "on"] / v[i, "off"] }' \
				out/bench/guard | sort -g >out/bench/ratios
			middle=$(median <out/bench/ratios)
			more=$(awk -v m="$middle" -v n="${native[insns]}" 'BEGIN { printf "%.1f", (m - 1) * n }')
			least=$(head -n 1 out/bench/ratios) most=$(tail -n 1 out/bench/ratios)
			printf '%-8s %6d %6d %8.3f %8.3f %8.3f %12s\n' "$shape" "$size" "$insns" "$middle" "$least" "$most" "$more"
			fact "guard_${shape}_${size}_rules_${insns}_insns" "$middle" on/off
			fact "guard_${shape}_${size}_rules_${insns}_insns_more" "$more" us
		done
	done
done
