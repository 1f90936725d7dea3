#!/bin/bash
# Plots each measurement over the dated results, one line per day and a bar in proportion to the largest: plot.sh [DIRECTORY] [NAME...].
set -eu
cd "$(dirname "$0")/.."
directory=${1:-bench/results}
[ $# -eq 0 ] || shift
for file in "$directory"/*.json; do
	[ -e "$file" ] || { echo "skep: no results in $directory" >&2; exit 1; }
	day=$(basename "$file" .json)
	sed -nE "s/^    \"([^\"]+)\": \{ \"value\": ([0-9.]+), \"unit\": \"([^\"]+)\" \},?\$/\1\t$day\t\2\t\3/p" "$file"
done | awk -F '\t' -v names=" $* " '
	names !~ /^ +$/ && index(names, " " $1 " ") == 0 { next }
	!($1 in unit) { order[++count] = $1 }
	{ unit[$1] = $4; days[$1] = days[$1] $2 " " $3 "\n"; if ($3 > most[$1]) most[$1] = $3 }
	END {
		for (i = 1; i <= count; i++) {
			name = order[i]
			printf "%s%s, %s\n", (i > 1 ? "\n" : ""), name, unit[name]
			lines = split(days[name], day, "\n") - 1
			for (l = 1; l <= lines; l++) {
				split(day[l], part, " ")
				bar = ""
				for (b = most[name] > 0 ? int(50 * part[2] / most[name] + 0.5) : 0; b > 0; b--) bar = bar "#"
				printf "  %s %12s %s\n", part[1], part[2], bar
			}
		}
	}'
