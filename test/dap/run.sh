#!/bin/bash
# Drives `skep debug --dap` with the npm client that editors' debug adapters are tested with: run.sh DIRECTORY
# Results are in DIRECTORY/dap.xml, for sum.sh; without npm, or where it does not fetch the client, the reason is in DIRECTORY/dap.skipped.
# The client is kept below out/dap.
set -u
cd "$(dirname "$0")/../.." || exit
results=$1
export SKEP=${SKEP:-$PWD/out/skep}
mkdir -p out/dap

skip() { echo "debug adapter: the machine cannot: $*" | tee "$results/dap.skipped" >&2; exit 0; }

fetch() {
	cmp -s test/dap/package-lock.json out/dap/fetched && return
	cp test/dap/package.json test/dap/package-lock.json out/dap/
	(cd out/dap && timeout 120 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || return
	cp test/dap/package-lock.json out/dap/fetched
}

command -v npm >/dev/null && command -v node >/dev/null || skip "it has no npm"
fetch || skip "npm does not fetch the client: $(tail -n 1 out/dap/npm.log)"
NODE_PATH=$PWD/out/dap/node_modules timeout -k 5 300 node --test --test-reporter=tap test/dap/dap.test.js >out/dap/tap 2>&1
count() { sed -n "s/^# $1 \([0-9]*\)$/\1/p" out/dap/tap | tail -n 1; }
passed=$(count pass) failed=$(count fail)
if [ -z "$passed" ] || [ $((passed + failed)) -eq 0 ]; then
	echo "skep: the tests of the debug adapter ended without results: $(tail -n 1 out/dap/tap)" | tee "$results/dap.broken" >&2
	exit 1
fi
[ "$failed" -eq 0 ] || cat out/dap/tap >&2
{
	echo "<assembly name=\"test/dap\" passed=\"$passed\" failed=\"$failed\" errors=\"0\" skipped=\"0\">"
	sed -nE 's/^ *not ok [0-9]+ - (.*)$/\1/p' out/dap/tap | sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g' |
		sed 's,.*,<test name="dap: &" result="Fail"><message>see out/dap/tap</message></test>,'
	echo "</assembly>"
} >"$results/dap.xml"
echo "skep: debug adapter: $passed passed, $failed failed" >&2
