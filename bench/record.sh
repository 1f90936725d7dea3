#!/bin/bash
# Writes the measurements of bench/run.sh as bench/results/YYYY-MM-DD.json: record.sh FACTS [DIRECTORY].
# A second run of a day replaces the first.
set -eu
cd "$(dirname "$0")/.."
facts=$1 directory=${2:-bench/results}
mkdir -p "$directory"
file=$directory/$(date -u +%F).json
{
	printf '{\n  "time": "%s",\n  "version": "%s",\n' "$(date -u +%FT%TZ)" "$(./build/version.sh)"
	printf '  "machine": { "cpu": "%s", "cpus": %d, "memory_kb": %d, "kernel": "%s", "load": %s },\n' \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1 | tr -d '"\\')" "$(nproc)" \
		"$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" "$(uname -r)" "$(cut -d' ' -f1 /proc/loadavg)"
	printf '  "results": {\n'
	awk -F '\t' '
		{ printf "%s    \"%s\": { \"value\": %s, \"unit\": \"%s\" }", (NR > 1 ? ",\n" : ""), $1, $2, $3 }
		END { print "" }' "$facts"
	printf '  }\n}\n'
} >"$file.new"
mv "$file.new" "$file"
echo "$file"
