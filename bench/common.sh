# shellcheck shell=bash
# What the benchmarks share: sourced from the root of the tree.

# The median of the numbers on standard input.
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# Runs a command without its output, and adds the microseconds that it takes to a file: once FILE COMMAND...
once() {
	local file=$1 begin
	shift
	begin=$(date +%s%N)
	"$@" >/dev/null
	echo $((($(date +%s%N) - begin) / 1000)) >>"$file"
}

# Keeps a measurement for record.sh: fact NAME VALUE UNIT. Names and units are words, values numbers.
fact() { [ -z "${FACTS:-}" ] || printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$FACTS"; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
