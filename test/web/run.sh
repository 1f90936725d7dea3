#!/bin/bash
# Opens the site of the documentation and the page of an agent in Chromium, with playwright-core and axe-core: run.sh DIRECTORY
# Results are in DIRECTORY/web-*.xml, for sum.sh; without npm or Chromium the reason is in DIRECTORY/web.skipped.
# What npm fetches is kept below out/webtest, and pictures of what fails.
set -u
cd "$(dirname "$0")/../.." || exit
results=$1
export SKEP=${SKEP:-$PWD/out/skep}
work=$PWD/out/webtest
mkdir -p "$work"

skip() { echo "site, and page of the agent: the machine cannot: $*" | tee "$results/web.skipped" >&2; exit 0; }

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

# run NAME SECONDS TITLE: NAME.test.js; its results are in RESULTS/web-NAME.xml.
run() {
	local name=$1 tap=out/webtest/$1.tap passed failed
	NODE_PATH=$work/node_modules timeout -k 5 "$2" node --test --test-reporter=tap "test/web/$name.test.js" >"$tap" 2>&1
	passed=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$tap" | tail -n 1)
	failed=$(sed -n 's/^# fail \([0-9]*\)$/\1/p' "$tap" | tail -n 1)
	if [ -z "$passed" ] || [ $((passed + failed)) -eq 0 ]; then
		echo "skep: the tests of the $3 ended without results: $(tail -n 1 "$tap")" | tee "$results/web-$name.broken" >&2
		return
	fi
	[ "$failed" -eq 0 ] || cat "$tap" >&2
	grep -E '^ *# (interaction|page)' "$tap" >&2
	{
		echo "<assembly name=\"test/web $name\" passed=\"$passed\" failed=\"$failed\" errors=\"0\" skipped=\"0\">"
		sed -nE 's/^ *not ok [0-9]+ - (.*)$/\1/p' "$tap" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g' |
			sed "s,.*,<test name=\"$name: &\" result=\"Fail\"><message>see $tap</message></test>,"
		echo "</assembly>"
	} >"$results/web-$name.xml"
	echo "skep: $3: $passed passed, $failed failed" >&2
}

if command -v pandoc >/dev/null; then
	run site 120 "site"
else
	echo "site: the machine cannot: it has no pandoc" | tee "$results/web-site.skipped" >&2
fi
run states 240 "page with answers made up"
gcc -O2 -Wall -Wextra -Werror test/web/storm.c -o out/webtest/storm || broken "test/web/storm.c does not compile"
make --no-print-directory -s out/demo/ringbuf_submit out/demo/ringbuf_submit.bpf.o out/demo/traffic ||
	 broken "the scenes of demo/ do not build"
run page 900 "page of the agent"
