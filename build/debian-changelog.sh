#!/bin/sh
# Prints CHANGELOG.md in the format of Debian: debian-changelog.sh VERSION DATE, of the first section, in seconds.
set -eu
maintainer=$(sed -n 's/^Maintainer: //p' packaging/debian/control)
awk -v version="$1" -v date="$(LC_ALL=C date -u -R -d "@$2")" -v maintainer="$maintainer" '
	function entry(first, next_line, text, words, count, i, line) {
		gsub(/`/, "", text)
		count = split(text, words, " ")
		line = first
		for (i = 1; i <= count; i++) {
			if (length(line " " words[i]) > 78 && line ~ /[^ *]/) { print line; line = next_line }
			line = line (line ~ /[^ ]$/ || line == first ? " " : "") words[i]
		}
		print line
	}
	function flush() { if (item != "") entry("  *", "    ", item); item = "" }
	function end() { flush(); if (sections) printf "\n -- %s  %s\n", maintainer, date }
	/^## \[/ {
		if (sections) { end(); print "" }
		match($0, /\[[^]]*\]/)
		if (sections) {
			version = substr($0, RSTART + 1, RLENGTH - 2)
			command = "LC_ALL=C date -u -R -d " $NF
			command | getline date
			close(command)
		}
		sections++
		printf "skep (%s) %s; urgency=medium\n\n", version, ($NF ~ /^[0-9]/ ? "unstable" : "UNRELEASED")
		next
	}
	!sections { next }
	/^#/ { flush(); sub(/^#+ /, ""); printf "%s  [ %s ]\n", blank, $0; next }
	/^- / { flush(); item = substr($0, 3); next }
	/^  / { item = item " " $0; next }
	{ flush() }
	END { end() }' CHANGELOG.md
