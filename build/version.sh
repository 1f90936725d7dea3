#!/bin/sh
# Prints the version of this tree: X.Y.Z+COMMIT, with .dirty behind it when sources differ from the commit. version.sh --release
# prints X.Y.Z.
# X.Y.Z is the tag vX.Y.Z of the commit itself; else the newer of the last tag and what Directory.Build.props has. A tree without
# .git has the commit that `git archive` wrote into build/commit, or none.
set -eu
cd "$(dirname "$0")/.."
repository() { git -c safe.directory="$PWD" "$@" 2>/dev/null; }

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
commit=
if [ "$(repository rev-parse --show-toplevel)" = "$(pwd -P)" ]; then
	commit=$(repository rev-parse --short=12 HEAD || true)
	if tag=$(repository describe --tags --exact-match --match 'v[0-9]*'); then
		version=${tag#v}
	elif tag=$(repository describe --tags --abbrev=0 --match 'v[0-9]*'); then
		version=$(printf '%s\n%s\n' "$version" "${tag#v}" | sort -V | tail -n 1)
	fi
	if [ -n "$commit" ] && ! repository diff --quiet HEAD -- src bpf build Makefile 'Directory.*' global.json; then
		commit=$commit.dirty
	fi
else
	commit=$(sed 's/^\$.*//' build/commit)
fi
[ "${1:-}" = --release ] && commit=
echo "$version${commit:++$commit}"
