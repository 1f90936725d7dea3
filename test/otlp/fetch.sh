#!/bin/sh
# Fetches what collector.js needs, below out/otlp; prints where it is. Fails where there is no npm, or npm has it not.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p out/otlp
exec 9>out/otlp/lock
flock 9
if ! cmp -s test/otlp/package-lock.json out/otlp/fetched; then
	command -v npm >/dev/null || { echo "there is no npm" >&2; exit 1; }
	cp test/otlp/package.json test/otlp/package-lock.json out/otlp/
	(cd out/otlp && timeout 300 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) ||
		{ tail -n 1 out/otlp/npm.log >&2; exit 1; }
	cp test/otlp/package-lock.json out/otlp/fetched
fi
echo "$PWD/out/otlp/node_modules"
