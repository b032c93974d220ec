#!/bin/bash
# The demonstration: every zone that is asked for, in a database of its own, ended well by a signal.
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

# A database that is in use elsewhere stays as it is, unless it is named.
export ORIGINTLS_DB=$work/mine.db
run 0 demo --only identical,expired,two-strengths.www,two-strengths.old --format json
[ "$(jq -c '[.scanned, .as_expected]' "$work/out")" = '[3,3]' ] || fail "json: $(head -c 300 "$work/out")"
[ "$(jq -c '[.zones[].scan.recommended_mode]' "$work/out")" = '["full_strict","full","flexible"]' ] ||
    fail "modes: $(jq -c '[.zones[].scan.recommended_mode]' "$work/out")"
[ ! -e "$work/mine.db" ] || fail "the demonstration wrote to the database of the environment"
run 0 --db "$work/kept.db" demo --only small,expired --format ndjson
[ "$(jq -s length "$work/out")" = 2 ] || fail "ndjson"
[ "$(sqlite3 "$work/kept.db" 'select count(*) from scans')" -eq 2 ] || fail "the named database was not written"
run 0 demo --only https-closed
grep -q '^✓ https-closed.lab.test  flexible stays$' "$work/out" || fail "text: $(cat "$work/out")"
grep -q '1 as expected, 0 not' "$work/out" || fail "text: $(cat "$work/out")"
refused 2 "no site 'nowhere'" demo --only nowhere

# A slow origin, stopped while it is asked.
TMPDIR=$work "$program" demo --only slow-drip --format json >"$work/out" 2>"$work/err" &
pid=$!
sleep 2
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 143 ] || fail "SIGTERM gives exit code $code"
jq -e '.scanned == 0' "$work/out" >/dev/null || fail "after a signal: $(cat "$work/out")"
[ -z "$(ls -d "$work"/origintls-demo-* 2>/dev/null || true)" ] || fail "the temporary database was left behind"
conclude
