#!/bin/bash
# Makes docs/pictures/page-*.png: the page of an agent of its own, with programs, events and a packet filter, in Chromium. Needs root, npm,
# and out/skep with the page; SKEP=FILE names another. test/web/run.sh fetches what it needs besides.
set -eu
cd "$(dirname "$0")/.."
SKEP=$(realpath "${SKEP:-out/skep}")
CHROMIUM=$(command -v chromium)
export SKEP CHROMIUM
make --no-print-directory -s out/demo/ringbuf_submit out/demo/ringbuf_submit.bpf.o out/demo/traffic
mkdir -p out/webtest
# Its lines name the file that it is compiled of, and not this tree.
# shellcheck disable=SC2016
unshare --mount sh -ec '
	mount -t tmpfs tmpfs /usr/src
	cp demo/ringbuf_submit.bpf.c demo/ringbuf_submit.h /usr/src
	clang -O2 -g -target bpf -mcpu=v3 -Ibpf "-I/usr/include/$(uname -m)-linux-gnu" -c /usr/src/ringbuf_submit.bpf.c \
		-o out/webtest/ringbuf_submit.bpf.o'
gcc -O2 -Wall -Wextra -Werror test/web/storm.c -o out/webtest/storm
if ! cmp -s test/web/package-lock.json out/webtest/fetched; then
	cp test/web/package.json test/web/package-lock.json out/webtest/
	(cd out/webtest && npm ci --ignore-scripts --no-audit --no-fund >npm.log)
	cp test/web/package-lock.json out/webtest/fetched
fi
# The name of the host, that of its kernel and the path of the binary are part of what the page shows.
export NODE_PATH=$PWD/out/webtest/node_modules
unshare --uts --mount sh -ec '
	hostname web1
	mount -t tmpfs tmpfs /opt
	mkdir -p /opt/skep/bin
	cp "$SKEP" /opt/skep/bin/skep
	uname -r | sed "s/-.*//" >/opt/skep/release
	mount --bind /opt/skep/release /proc/sys/kernel/osrelease
	SKEP=/opt/skep/bin/skep exec node demo/page-pictures.js'
