#!/bin/bash
# Two runs on one database at once share the work: each zone is recorded once, both do their part, and a signal ends a
# run with the exit code of the contract and leaves the rest due. Usage: test_fleet_sharing.sh ORIGINTLS
set -euo pipefail
origintls=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
zones=400
database=$folder/fleet.db

expect() { # SENTENCE QUERY VALUE
    local value
    value=$(sqlite3 "$database" "$2")
    [ "$value" = "$3" ] || { echo "$1: $value instead of $3" >&2; exit 1; }
}

awk -v zones=$zones 'BEGIN {
    print "zone,hostname,address,http_port,https_port"
    for (i = 0; i < zones; i++)
        printf "z%d.example,www.z%d.example,127.7.%d.%d,1,2\n", i, i, i / 250, i % 250 + 1
}' >"$folder/fleet.csv"
"$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null

"$origintls" --db "$database" -q fleet run --loops 1 --zones-per-loop 20 >"$folder/first" 2>&1 &
first=$!
"$origintls" --db "$database" -q fleet run --loops 1 --zones-per-loop 20 >"$folder/second" 2>&1 &
second=$!
wait $first
wait $second
cat "$folder/first" "$folder/second"
expect "zones with one scan" "SELECT count(*) FROM (SELECT 1 FROM scans GROUP BY zone HAVING count(*) = 1)" $zones
! grep -q '^0 zones' "$folder/first" "$folder/second" || { echo "one run did all the work" >&2; exit 1; }

sqlite3 "$database" "UPDATE fleet SET due_at = 0"
"$origintls" --db "$database" -q fleet run --loops 1 --zones-per-loop 20 --watch >/dev/null 2>&1 &
first=$!
sleep 0.5
kill -TERM $first
code=0
wait $first || code=$?
[ $code = 143 ] || { echo "exit code $code instead of 143" >&2; exit 1; }
expect "zones that somebody still has" "SELECT count(*) FROM fleet WHERE run IS NOT NULL" 0
expect "a scan that was cut short is not recorded" \
    "SELECT count(*) FROM recommendations WHERE incomplete_reason = 'interrupted'" 0
expect "due zones were scanned exactly when they are no longer due" \
    "SELECT count(*) FROM fleet f WHERE (due_at <= unixepoch()) <> ((SELECT count(*) FROM scans s WHERE s.zone = f.zone) = 1)" 0
