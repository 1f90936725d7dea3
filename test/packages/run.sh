#!/bin/bash
# Makes all packages as a release, signed by a key of its own, and installs, runs and removes each in a clean Debian: run.sh [DIRECTORY].
# Results are in DIRECTORY/packages.xml, for test/sum.sh, out/packages/test-results by default. Needs root.
set -u
cd "$(dirname "$0")/../.." || exit
results=${1:-out/packages/test-results}
mkdir -p "$results"
rm -f "$results"/packages.*
if [ "$(id -u)" -ne 0 ]; then
	echo "skep: the packages are installed in a root of their own, which needs root (sudo make test-packages)" >&2
	exit 1
fi
export SKEP_RESULTS=$PWD/out/packages/test
rm -rf "$SKEP_RESULTS"
mkdir -p "$SKEP_RESULTS"
# The fastest compression: what is tested is not the size.
export XZ_LEVEL=1
for part in release sbom deb tarball image; do
	echo "skep: packages: $part" >&2
	timeout -k 30 900 "./test/packages/$part.sh" ||
		[ -s "$SKEP_RESULTS/failed" ] || echo "$part.sh: it ended with an error" >>"$SKEP_RESULTS/failed"
done
touch "$SKEP_RESULTS"/{passed,failed,skipped}
[ ! -s "$SKEP_RESULTS/skipped" ] || cp "$SKEP_RESULTS/skipped" "$results/packages.skipped"
{
	echo "<assembly name=\"test/packages\" passed=\"$(wc -l <"$SKEP_RESULTS/passed")\" failed=\"$(wc -l <"$SKEP_RESULTS/failed")\">"
	sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g' "$SKEP_RESULTS/failed" |
		sed -E 's,^([^:]*): ?(.*)$,<test name="packages: \1" result="Fail"><message>\2</message></test>,'
	echo "</assembly>"
} >"$results/packages.xml"
[ $# -gt 0 ] || ./test/sum.sh "$results"
