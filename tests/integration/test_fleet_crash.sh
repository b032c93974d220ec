#!/bin/bash
# A fleet run that is killed at random moments, 50 times over: in the end there is exactly one recorded scan for each
# zone, the database is whole, and nothing is due. Usage: test_fleet_crash.sh ORIGINTLS
set -euo pipefail
origintls=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
zones=4000
database=$folder/fleet.db

sql() { sqlite3 "$database" "$1"; }
expect() { # SENTENCE QUERY VALUE
    local value
    value=$(sql "$2")
    [ "$value" = "$3" ] || { echo "$1: $value instead of $3" >&2; exit 1; }
}

# Nothing listens on ports 1 and 2 of these addresses.
awk -v zones=$zones 'BEGIN {
    print "zone,hostname,address,http_port,https_port,weight"
    for (i = 0; i < zones; i++)
        printf "z%d.example,www.z%d.example,127.6.%d.%d,1,2,%d\n", i, i, i / 250, i % 250 + 1, i % 7
}' >"$folder/fleet.csv"
"$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null

RANDOM=1
killed=0
again=0
for _ in $(seq 50); do
    "$origintls" --db "$database" -q fleet run --loops 2 --zones-per-loop 5 >/dev/null 2>&1 &
    pid=$!
    sleep "0.0$((RANDOM % 6 + 4))"
    if kill -9 $pid 2>/dev/null; then killed=$((killed + 1)); fi
    wait $pid 2>/dev/null || true
    in_flight=$(sql "SELECT count(*) FROM fleet WHERE run IS NOT NULL")
    [ "$in_flight" -le 10 ] || { echo "$in_flight zones in flight, 10 may be" >&2; exit 1; }
    again=$((again + in_flight))
    expect "a zone was recorded twice" "SELECT count(*) FROM (SELECT 1 FROM scans GROUP BY zone HAVING count(*) > 1)" 0
done
[ "$killed" -ge 10 ] || { echo "only $killed runs were killed before their end" >&2; exit 1; }
[ "$again" -gt 0 ] || { echo "no run was killed with a zone in flight" >&2; exit 1; }
"$origintls" --db "$database" -q fleet run --loops 2 >/dev/null

expect "integrity" "PRAGMA integrity_check" ok
expect "zones with one scan" "SELECT count(*) FROM (SELECT 1 FROM scans GROUP BY zone HAVING count(*) = 1)" $zones
expect "zones whose count of scans is one" "SELECT count(*) FROM fleet WHERE scans = 1 AND run IS NULL" $zones
expect "zones that are still due" "SELECT count(*) FROM fleet WHERE due_at <= unixepoch()" 0
expect "runs that were left behind" "SELECT count(*) FROM runs" 0
echo "killed $killed times; $again zones were scanned again"
