#!/bin/bash
# Checks that need no build: lint.sh [CHECK...], by default all of them. Prints one line per finding; fails if there is any.
#   lines    at most 140 columns (tabs to 8) in .cs .c .h .sh .md, except tables and addresses in Markdown; at most 400 lines per source
#   shell    shellcheck
#   version  CHANGELOG.md begins with the version of Directory.Build.props
#   study    the tables and pictures of docs/redirect-study.md are those of study/results
#   format   what `dotnet format` would change: white space, and the order of usings and other style of .editorconfig
set -u
cd "$(dirname "$0")/.." || exit
dotnet=${DOTNET:-dotnet}
columns=140
length=400

# What git tracks, and in a tree without .git what is there; without what tests compare with, which is written by Skep.
sources() { # suffix...
	local suffix
	for suffix in "$@"; do
		git ls-files -- "*.$suffix" 2>/dev/null || find . -path ./out -prune -o -name "*.$suffix" -printf '%P\n'
	done | grep -v /Golden/ | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

lines() {
	# shellcheck disable=SC2016 # the dollars are Perl's
	sources cs c h sh md | COLUMNS=$columns LENGTH=$length perl -CSD -ne '
		chomp(my $file = $_);
		open(my $source, "<:utf8", $file) or die "$file: $!";
		while (<$source>) {
			chomp;
			if ($file =~ /\.md$/) { next if /^ *\|/; s/https?:\/\/[^ )>]*//g }
			1 while s/^([^\t]*)\t/$1 . " " x (8 - length($1) % 8)/e;
			print "$file:$.: ", length, " columns\n" if length > $ENV{COLUMNS};
		}
		print "$file: $. lines\n" if $file !~ /\.md$/ && $. > $ENV{LENGTH};'
}

shell() { { sources sh; echo .ci/run; } | xargs shellcheck -x -S warning -f gcc; }

version() {
	local written noted
	written=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
	noted=$(sed -n 's/^## \[\([0-9.]*\)\].*/\1/p' CHANGELOG.md | head -n 1)
	[ "$written" = "$noted" ] || echo "CHANGELOG.md: begins with version ${noted:-none}, and Directory.Build.props has $written"
}

study() { ./study/document.sh --check; }

format() {
	{
		"$dotnet" format whitespace . --folder --verify-no-changes --exclude out/
		"$dotnet" format style Skep.slnx --no-restore --verify-no-changes --severity warn
	} 2>&1 | grep -v '^Warnings were encountered while loading the workspace' | sed -E "s#^$PWD/##; s# \[[^]]*\]\$##" | sort -u
}

[ $# -gt 0 ] || set -- lines shell version study format
found=0
for check in "$@"; do
	case $check in
	lines | shell | version | study | format) ;;
	*) echo "usage: lint.sh [lines] [shell] [version] [study] [format]" >&2; exit 2 ;;
	esac
	findings=$($check)
	[ -z "$findings" ] && continue
	echo "$findings"
	count=$(echo "$findings" | wc -l)
	found=$((found + count))
	echo "skep: lint: $check: $count findings" >&2
done
[ "$found" -eq 0 ]
