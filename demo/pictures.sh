#!/bin/bash
# Makes the pictures of terminals in docs/pictures: session.svg, explain.svg, top.svg and filter.svg of README.md; verify.svg, a program
# that the verifier refuses; filter-debug.svg, a packet that is stepped through a rule file, back to the rule that changed it. All of it is
# what the binary prints. Needs root, clang, tmux and ethtool, and a machine that does little else. SKEP=out/skep names the binary.
set -eu
cd "$(dirname "$0")/.."
skep=$(realpath "${SKEP:-out/skep}")
scratch=$(mktemp -d)
started=()
clean() {
	[ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
	"$skep" filter remove edge 2>/dev/null || true
	demo/veth.sh down 2>/dev/null || true
	rm -rf "$scratch"
}
trap clean EXIT
make --no-print-directory -s demo
install out/demo/ringbuf_submit out/demo/ringbuf_submit.bpf.o demo/edge.skep "$scratch"
ln -s "$skep" "$scratch/skep"
export PATH=$scratch:$PATH

draw() { LC_ALL=C awk "$@" -f demo/terminal.awk; }

# shot PICTURE SHOWN COMMAND...: the picture of a command as it is shown.
shot() {
	local picture=$1 shown=$2
	shift 2
	{ echo "\$ $shown"; "$@" || true; } | draw >"docs/pictures/$picture.svg"
}

# said COMMAND: a command line and what it prints, in a directory of its own, on a terminal of 100 columns.
said() {
	{
		echo "\$ $1"
		(cd "$scratch" && bash -c "$1")
	} | fold -w 100
}

demo/veth.sh up
{
	said 'skep watch --no-probes --cmd prog_load,link_create -- ringbuf_submit ringbuf_submit.bpf.o 1'
	said 'skep prog explain ringbuf_submit.bpf.o | head -12'
	said "skep filter test edge.skep --packet 'udp 10.99.0.2:5000 > 10.99.0.1:53'"
	said 'skep filter apply edge.skep'
	demo/veth.sh traffic 250 >"$scratch/sent"
	said 'skep filter show edge | sed -n 4,7p'
} 2>"$scratch/messages" | draw -v play=1 >docs/pictures/session.svg

said 'skep prog explain ringbuf_submit.bpf.o' | draw >docs/pictures/explain.svg
{
	said 'skep filter show edge | sed -n 4,7p'
	said 'skep filter stats edge --mode actions,protocols'
} | draw >docs/pictures/filter.svg

# Something to count, and a screen to show it.
ringbuf_submit "$scratch/ringbuf_submit.bpf.o" 20 >"$scratch/sent" &
started+=($!)
skep watch >"$scratch/events" 2>&1 &
started+=($!)
demo/veth.sh traffic 20000 12 >>"$scratch/sent" &
tmux -u -S "$scratch/tmux" -f /dev/null new-session -d -x 110 -y 13 'skep top'
sleep 6
tmux -S "$scratch/tmux" capture-pane -e -p | draw >docs/pictures/top.svg
tmux -S "$scratch/tmux" kill-server
kill "${started[@]}"
started=()
wait

clang -O2 -g -target bpf -mcpu=v3 "-I/usr/include/$(uname -m)-linux-gnu" -c demo/count.bpf.c -o "$scratch/count.bpf.o"
shot verify 'skep prog verify count.bpf.o' "$skep" prog verify "$scratch/count.bpf.o"

mkdir "$scratch/debug"
cat >"$scratch/debug/edge.skep" <<'END'
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
	"$skep" filter debug "$scratch/debug/edge.skep" --packet 'udp 10.0.0.1:5 > 10.0.0.2:53' "${steps[@]}"
