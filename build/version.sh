#!/bin/sh
# Prints the version of this tree: X.Y.Z+COMMIT, with .dirty behind it when sources differ from the commit. version.sh --release
# prints X.Y.Z. version.sh --package prints what packages are called: X.Y.Z at its tag, else X.Y.Z~gitTIME.COMMIT, which sorts before X.Y.Z.
# version.sh --date prints when the commit was made, in seconds.
# X.Y.Z is the tag vX.Y.Z of the commit itself; else the newer of the last tag and what Directory.Build.props has. A tree without
# .git has the commit that `git archive` wrote into build/commit, or none.
set -eu
cd "$(dirname "$0")/.."
repository() { git -c safe.directory="$PWD" "$@" 2>/dev/null; }

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
commit=''
tag=''
date=$(stat -c %Y build/commit)
if [ "$(repository rev-parse --show-toplevel)" = "$(pwd -P)" ]; then
	commit=$(repository rev-parse --short=12 HEAD || true)
	date=$(repository log -1 --format=%ct || echo "$date")
	if tag=$(repository describe --tags --exact-match --match 'v[0-9]*'); then
		version=${tag#v}
	elif last=$(repository describe --tags --abbrev=0 --match 'v[0-9]*'); then
		version=$(printf '%s\n%s\n' "$version" "${last#v}" | sort -V | tail -n 1)
	fi
	if [ "${1:-}" = --package ]; then
		repository diff --quiet HEAD || commit=$commit.dirty
	elif [ -n "$commit" ] && ! repository diff --quiet HEAD -- src bpf build Makefile 'Directory.*' global.json; then
		commit=$commit.dirty
	fi
else
	commit=$(sed 's/^\$.*//' build/commit)
fi
case ${1:-} in
--release) echo "$version" ;;
--date) echo "$date" ;;
--package)
	case $tag/$commit in
	v*.dirty | /*) echo "$version~git$(date -u -d "@$date" +%Y%m%d%H%M%S)${commit:+.$commit}" ;;
	*) echo "$version" ;;
	esac
	;;
*) echo "$version${commit:++$commit}" ;;
esac
