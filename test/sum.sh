#!/bin/bash
# Sums up the results in a directory: sum.sh DIRECTORY. *.xml are of xunit, *.broken has a line for what gave no results, *.skipped one for
# what did not run: NAME: REASON. The last line is "N passed, N failed".
# With CI set, a test that is skipped has failed, unless its reason says that the machine cannot.
set -u
results=$1

sum() {
	cat "$results"/*.xml 2>/dev/null | grep -oE "<assembly [^>]*" | grep -oE " $1=\"[0-9]+\"" | tr -dc '0-9\n' |
		awk '{n += $1} END {print n + 0}'
}

# lines PATTERN: of the files, one after the other.
lines() { find "$results" -name "$1" -exec cat {} +; }

# tests RESULT: of the tests that ended so, one a line, as NAME: REASON.
tests() {
	lines '*.xml' | tr '\n' ' ' | sed 's/<test /\n&/g' | grep "result=\"$1\"" |
		sed -E 's/<test ([^>]* )?name="([^"]*)"[^>]*>.*<(reason|message)>(<!\[CDATA\[)?([^]<]*).*/\2: \5/'
}

# What failed outside a test, as a descriptor that is left open when an assembly ends.
errors() {
	lines '*.xml' | tr '\n' ' ' | sed 's/<error /\n&/g; s,</error>,&\n,g' | grep '^<error ' |
		sed -E 's/<error ([^>]*)>.*<message>(<!\[CDATA\[)?([^]<]*).*/\1: \3/'
}

skips() {
	tests Skip
	lines '*.skipped'
}

passed=$(sum passed)
failed=$(($(sum failed) + $(sum errors) + $(lines '*.broken' | wc -l)))
skipped=$(($(sum skipped) + $(lines '*.skipped' | wc -l)))
if [ "$skipped" -gt 0 ]; then
	echo "skipped:"
	skips | sed -E 's/^/  /; s/^(.{240}).*/\1.../' | head -50
	# A reason that begins so is what the kernel or the processor lacks: installing or starting anything does not help.
	unable=$(skips | grep -c ': the machine cannot: ')
	[ -n "${CI:-}" ] && failed=$((failed + skipped - unable))
fi
# Last, where those who see only the end of a log find it.
if [ "$failed" -gt 0 ]; then
	echo "failed:"
	{
		tests Fail | sed -E 's/^(.{2000}).*/\1.../'
		errors | sed -E 's/^(.{2000}).*/\1.../'
		lines '*.broken'
		[ -z "${CI:-}" ] || skips | grep -v ': the machine cannot: '
	} | sed 's/^/  /' | head -50
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
