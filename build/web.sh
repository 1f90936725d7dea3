#!/bin/sh
# Makes the agent's page: web/ becomes out/web/dist, compressed, which Skep.Agent embeds. web.sh [fetch | optional]
#   fetch     only has npm fetch what the page is made with, as web/package-lock.json names it; without npm, nothing
#   optional  without npm, or without its packages, says that the agent will have no page, and makes none
# out/web/state changes when the page does, so that a build embeds it anew then, and not otherwise.
set -eu
cd "$(dirname "$0")/.."
out=out/web

without() {
	if [ "$mode" = build ]; then
		echo "skep: making the agent's page: $*" >&2
		exit 1
	fi
	if [ "$(cat $out/state 2>/dev/null)" != none ]; then
		rm -rf $out/dist
		echo none >$out/state
	fi
	echo "skep: the agent is built without its page: $*" >&2
	exit 0
}

fetch() {
	cmp -s web/package-lock.json $out/fetched && return
	cp web/package.json web/package-lock.json $out/
	(cd $out && timeout 300 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || return
	cp web/package-lock.json $out/fetched
}

mode=${1:-build}
mkdir -p $out
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	[ "$mode" != fetch ] || exit 0
	without "there is no npm (sudo make test-deps installs it)"
fi
if ! fetch; then
	echo "skep: npm does not fetch what the agent's page is made with: $(tail -n 1 $out/npm.log)" >&2
	[ "$mode" != fetch ] || exit 0
	without "npm ci failed, $out/npm.log has why (make web tries it again)"
fi
[ "$mode" != fetch ] || exit 0

state=$(find web build/web.sh -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)
[ "$state" != "$(cat $out/state 2>/dev/null)" ] || exit 0
rm -rf $out/src
cp -r web/src web/build.mjs web/tsconfig.json $out/
(cd $out && node build.mjs)
echo "$state" >$out/state
