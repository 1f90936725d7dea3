#!/bin/bash
# Makes docs/pictures/verify.svg and filter-debug.svg: a program that the verifier refuses, and a packet that is stepped through a rule
# file, back to the rule that changed it. Needs root and clang. SKEP=out/skep names the binary.
set -eu
cd "$(dirname "$0")/.."
skep=$(realpath "${SKEP:-out/skep}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# shot PICTURE SHOWN COMMAND...: the picture of a command as it is shown.
shot() {
	local picture=$1 shown=$2
	shift 2
	{ echo "\$ $shown"; "$@" || true; } >"$scratch/text"
	awk -f demo/terminal.awk "$scratch/text" >"docs/pictures/$picture.svg"
}

clang -O2 -g -target bpf -mcpu=v3 "-I/usr/include/$(uname -m)-linux-gnu" -c demo/count.bpf.c -o "$scratch/count.bpf.o"
shot verify 'skep prog verify count.bpf.o' "$skep" prog verify "$scratch/count.bpf.o"

cat >"$scratch/edge.skep" <<'END'
table edge {
	policy pass
	ip protocol icmp drop
	ip ttl set 64 continue
	udp dport 53 ip ttl set 9 tx
	tcp dport 80 drop
}
END
steps=(-c 'break 5' -c continue -c 'info packet' -c finish -c 'info packet' -c 'break packet' -c reverse-continue
	-c reverse-continue -c list)
shot filter-debug "skep filter debug edge.skep --packet 'udp 10.0.0.1:5 > 10.0.0.2:53'" \
	"$skep" filter debug "$scratch/edge.skep" --packet 'udp 10.0.0.1:5 > 10.0.0.2:53' "${steps[@]}"
