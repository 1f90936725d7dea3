#!/bin/bash
# Opens the page of an agent in Chromium, with playwright-core and axe-core: run.sh DIRECTORY
# Results are in DIRECTORY/web.xml, for sum.sh; without npm, Chromium or a page in the binary, the reason is in DIRECTORY/web.skipped.
# What npm fetches is kept below out/webtest, and pictures of what fails.
set -u
cd "$(dirname "$0")/../.." || exit
results=$1
export SKEP=${SKEP:-$PWD/out/skep}
work=$PWD/out/webtest
mkdir -p "$work"

skip() { echo "page of the agent: the machine cannot: $*" | tee "$results/web.skipped" >&2; exit 0; }

fetch() {
	cmp -s test/web/package-lock.json out/webtest/fetched && return
	cp test/web/package.json test/web/package-lock.json out/webtest/
	(cd out/webtest && timeout 120 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || return
	cp test/web/package-lock.json out/webtest/fetched
}

command -v npm >/dev/null && command -v node >/dev/null || skip "it has no npm"
CHROMIUM=$(command -v chromium) || skip "it has no Chromium"
export CHROMIUM
fetch || skip "npm does not fetch the packages: $(tail -n 1 out/webtest/npm.log)"
broken() { echo "skep: $*" | tee "$results/web.broken" >&2; exit 1; }

gcc -O2 -Wall -Wextra -Werror test/web/storm.c -o out/webtest/storm || broken "test/web/storm.c does not compile"
make --no-print-directory -s out/demo/ringbuf_submit out/demo/ringbuf_submit.bpf.o out/demo/traffic ||
	 broken "the scenes of demo/ do not build"
NODE_PATH=$work/node_modules timeout -k 5 900 node --test --test-reporter=tap test/web/page.test.js >out/webtest/tap 2>&1
count() { sed -n "s/^# $1 \([0-9]*\)$/\1/p" out/webtest/tap | tail -n 1; }
passed=$(count pass) failed=$(count fail)
if [ -z "$passed" ] || [ $((passed + failed)) -eq 0 ]; then
	broken "the tests of the page ended without results: $(tail -n 1 out/webtest/tap)"
fi
[ "$failed" -eq 0 ] || cat out/webtest/tap >&2
grep -E '^ *# (interaction|page)' out/webtest/tap >&2
{
	echo "<assembly name=\"test/web\" passed=\"$passed\" failed=\"$failed\" errors=\"0\" skipped=\"0\">"
	sed -nE 's/^ *not ok [0-9]+ - (.*)$/\1/p' out/webtest/tap | sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g' |
		sed 's,.*,<test name="page: &" result="Fail"><message>see out/webtest/tap</message></test>,'
	echo "</assembly>"
} >"$results/web.xml"
echo "skep: page of the agent: $passed passed, $failed failed" >&2
