#!/bin/bash
# How long skep history takes over many events (as root, make build has made out/skep; sqlite3 fills the database): history.sh [EVENTS]
# EVENTS (10,000,000) take about 3 GB below TMPDIR, and a minute to make. Each query is made twice; the second is printed. Nothing here
# passes or fails.
set -eu
cd "$(dirname "$0")/.."
events=${1:-10000000}
dir=$(mktemp -d)
agent=
trap 'kill $agent 2>/dev/null || true; rm -rf "$dir"' EXIT
chmod 700 "$dir"
printf 'state_dir = "%s/state"\nruntime_dir = "%s/run"\nlisten = ""\n' "$dir" "$dir" >"$dir/skep.toml"
out/skep agent --config "$dir/skep.toml" 2>/dev/null & agent=$!
until out/skep agent status --config "$dir/skep.toml" >/dev/null 2>&1; do sleep 0.1; done
kill "$agent"
wait "$agent" || true

# One event each fifth of a second; a program for each five hundred, a command of three, few of one thread, and few of a user.
sqlite3 "$dir/state/skep.db" >/dev/null <<END
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -500000;
INSERT OR IGNORE INTO words(text) VALUES('prog_load'), ('map_create'), ('link_create'), ('xdp'), ('tool'), ('loader'), ('a.service');
CREATE TEMP TABLE word AS SELECT text, id FROM words;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $events)
INSERT INTO events(run, time, cmd, type, comm, unit, uid, pid, failed, program, object, json)
SELECT 1, 1790000000000000000 + i * 200000000,
	(SELECT id FROM word WHERE text = CASE WHEN i % 3 = 0 THEN 'map_create' WHEN i % 50 = 1 THEN 'link_create' ELSE 'prog_load' END),
	CASE WHEN i % 7 = 0 THEN (SELECT id FROM word WHERE text = 'xdp') END,
	(SELECT id FROM word WHERE text = CASE WHEN i % 1000 = 0 THEN 'tool' ELSE 'loader' END),
	CASE WHEN i % 11 = 0 THEN (SELECT id FROM word WHERE text = 'a.service') END,
	CASE WHEN i % 5000 = 0 THEN 1000 ELSE 0 END, i % 30000, i % 97 = 0, CASE WHEN i % 3 > 0 THEN 1 + i % 500 END, i,
	CAST('{"time":"2026-09-29T21:54:41.732142746Z","host":"vm","seq":' || i || ',"syscall":"bpf","cmd":"prog_load","pid":1234,'
		|| '"tid":1234,"uid":0,"comm":"loader","exe":"/usr/bin/loader","cgroup":"/","tier":3,"ret":5}' AS BLOB)
FROM n;
COMMIT;
END
echo "$events events, $(($(stat -c %s "$dir/state/skep.db") >> 20)) MB"

query() {
	local begun
	for _ in 1 2; do
		begun=$(date +%s%N)
		out/skep history "$@" --config "$dir/skep.toml" >"$dir/found"
		took=$((($(date +%s%N) - begun) / 1000000))
	done
	printf '%5d ms  %6d lines  history %s\n' "$took" "$(wc -l <"$dir/found")" "$*"
}
query events -n 20
query events -n 1000 -j
for one in --failed "--comm tool" "--comm nobody" "--type xdp" "--unit a.service" "--cmd link_create" "--uid 0" "--uid 1000" "--uid 5" \
	"--cmd prog_load --comm tool" "--type xdp --unit a.service" "--failed --uid 1000"; do
	# shellcheck disable=SC2086
	query events $one -n 20
done
query events --since 2026-10-01 --until 2026-10-02 -n 1000
query programs -n 20
query maps -n 20
