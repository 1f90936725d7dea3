#!/bin/bash
# Writes the tables and pictures of docs/redirect-study.md from study/results: document.sh [--check]. With --check it only compares.
# A table is between the lines "<!-- TABLE PLACE [PHASE] -->" and "<!-- end -->".
set -eu
cd "$(dirname "$0")/.."
document=docs/redirect-study.md pictures=docs/redirect-study
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT

table() { # TABLE PLACE [PHASE]
	if [ "$1" = run ]; then
		sed -n 's/^# /- /p' "study/results/$2.tsv"
	elif [ "$1" = virtio ]; then
		awk -F '\t' 'BEGIN { print "| backend | options | what the guest said |\n|---|---|---|" } !/^#/ {
			gsub(/;+$/, "", $3)
			sub(/;code 0/, " queues;applied", $3)
			sub(/;code 1/, " queues;refused", $3)
			gsub(/;/, "; ", $3)
			printf "| %s | %s | %s |\n", $1, $2 == "" ? "(default)" : "`" $2 "`", $3
		}' study/results/virtio.tsv
	else
		awk -v table="$1" -v phase="${3:-}" -f study/tables.awk study/cases FS='\t' "study/results/$2.tsv"
	fi
}

skipping=
while IFS= read -r line; do
	if [ "$line" = "<!-- end -->" ]; then skipping=; fi
	[ -n "$skipping" ] || printf '%s\n' "$line"
	case $line in
	"<!-- end -->") ;;
	"<!-- "*" -->")
		line=${line#<!-- }
		# shellcheck disable=SC2086 # words
		table ${line% -->}
		skipping=1
		;;
	esac
done <$document >"$new/study.md"
for place in netns guests; do
	awk -v place=$place -f study/picture.awk >"$new/$place.svg"
	awk -f study/plot.awk "study/results/$place.tsv" >"$new/$place-rates.svg"
done

if [ "${1:-}" = --check ]; then
	cmp -s "$new/study.md" $document || echo "$document: its tables are not those of study/results (study/document.sh)"
	for file in "$new"/*.svg; do
		cmp -s "$file" "$pictures/$(basename "$file")" ||
			echo "$pictures/$(basename "$file"): not of study/results (study/document.sh)"
	done
else
	mkdir -p $pictures
	cp "$new/study.md" $document
	cp "$new"/*.svg $pictures/
fi
