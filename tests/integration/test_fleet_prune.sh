#!/bin/bash
# Old scans go, and nobody misses them: reports, explanations and the ledger say the same, a fleet run on the same database
# goes on meanwhile, and whoever is killed while pruning leaves a whole database. Usage: test_fleet_prune.sh ORIGINTLS LAB
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"
zones=300

expect() { # SENTENCE QUERY VALUE
    local value
    value=$(sqlite3 -cmd '.timeout 5000' "$db" "$2")
    [ "$value" = "$3" ] || fail "$1: $value instead of $3"
}
whole() {
    expect integrity "PRAGMA integrity_check" ok
    expect "foreign keys" "SELECT count(*) FROM pragma_foreign_key_check" 0
    expect "every scan has what belongs to it" "SELECT count(*) FROM scans s WHERE NOT EXISTS (SELECT 1 FROM recommendations r WHERE r.scan = s.id)" 0
    run 0 --db "$db" ledger verify
    run 0 --db "$db" ledger replay
}
shown() { # what an operator sees
    "$program" --db "$db" report --format ndjson
    "$program" --db "$db" explain identical.lab.test --format json
    "$program" --db "$db" explain z7.example --format json
    "$program" --db "$db" upgrade list --format ndjson | jq -c 'del(.unobserved_seconds)'
    "$program" --db "$db" ledger replay --format json | jq '.decisions + .evidence_gone, .differences, .steps'
}

start_lab identical,expired
{
    echo "zone,hostname,address,http_port,https_port"
    jq -r 'select(.record == "site") | .origin_option + "," + .zone' "$work/sites" |
        sed -E 's/^([^=]*)=([^:]*):([0-9]*):([0-9]*),(.*)$/\5,\1,\2,\3,\4/'
    awk -v zones=$zones 'BEGIN { for (i = 0; i < zones; i++)
        printf "z%d.example,www.z%d.example,127.11.%d.%d,1,2\n", i, i, i / 250, i % 250 + 1 }'
} >"$work/fleet.csv"
run 0 --db "$db" fleet import "$work/fleet.csv"

# Four rounds, a hundred days apart.
scan_all() { "$program" --db "$db" -q fleet run --rate 500 --pairs 12 --ca-file "$work/ca.pem" >/dev/null; }
for _ in 1 2 3 4; do
    sqlite3 "$db" "UPDATE scans SET started_at = started_at - 8640000, finished_at = finished_at - 8640000; UPDATE fleet SET due_at = 0"
    scan_all
done
total=$(sqlite3 "$db" "SELECT count(*) FROM scans")
[ "$total" -ge $((4 * zones)) ] || fail "only $total scans"

echo "-- how old is old"
for age in '' 7x -1d 1e99y d '1 d' nan inf; do
    refused 2 'option --keep' --db "$db" db prune --keep="$age"
done
refused 2 'option --keep is missing' --db "$db" db prune
refused 2 'no database at' --db "$work/none.db" db prune --keep 1d
[ ! -e "$work/none.db" ] || fail "pruning made a database"
old() { "$program" --db "$db" db prune --dry-run --format json --keep "$1" | jq .old; }
[ "$(old 250d)" -lt "$(old 150)" ] && [ "$(old 21w)" = "$(old 150d)" ] && [ "$(old 3600h)" = "$(old 150d)" ] && [ "$(old 0.1y)" -gt "$(old 150d)" ] &&
    [ "$(old 2y)" = 0 ] || fail "ages: $(old 250d) $(old 150) $(old 21w) $(old 3600h) $(old 0.1y) $(old 2y)"

echo "-- announced, and nothing is done"
cp "$db" "$work/untouched.db"
run 0 --db "$db" db prune --keep 250d --dry-run --format json
announced=$(jq .removed "$work/out")
[ "$announced" -gt 0 ] || fail "nothing would be removed: $(cat "$work/out")"
expect "all is there" "SELECT count(*) FROM scans" "$total"

echo "-- done, and nobody misses anything"
shown >"$work/before"
run 0 --db "$db" db prune --keep 250d --format json
[ "$(jq .removed "$work/out")" = "$announced" ] || fail "$announced announced: $(cat "$work/out")"
[ "$(jq '.bytes_after < .bytes_before and .bytes_free == 0' "$work/out")" = true ] || fail "no space was given back: $(cat "$work/out")"
[ "$(stat -c %s "$db")" = "$(jq .bytes_after "$work/out")" ] || fail "the file has another size: $(stat -c %s "$db")"
shown | cmp -s - "$work/before" || fail "something else is shown: $(shown | diff - "$work/before" | head -5)"
expect "the old ones are gone" "SELECT count(*) FROM scans" $((total - announced))
expect "the ledger tells of it" "SELECT count(*) FROM ledger WHERE kind = 'prune'" 1
whole
run 0 --db "$db" db prune --keep 250d
grep -q ': 0 removed' "$work/out" || fail "twice: $(cat "$work/out")"
expect "of nothing the ledger says nothing" "SELECT count(*) FROM ledger WHERE kind = 'prune'" 1

echo "-- killed again and again while a fleet run goes on"
rm -f "$db"*
cp "$work/untouched.db" "$db"
sqlite3 "$db" "UPDATE fleet SET due_at = 0"
"$program" --db "$db" -q fleet run --rate 500 --pairs 12 --ca-file "$work/ca.pem" --zones-per-loop 20 >"$work/run.out" 2>"$work/run.err" &
run_pid=$!
for delay in 0.01 0.02 0.03 0.01 0.05 0.02; do
    "$program" --db "$db" db prune --keep 50d >/dev/null 2>&1 &
    pid=$!
    sleep $delay
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
done
run 0 --db "$db" db prune --keep 50d
wait $run_pid || fail "the fleet run ended with $?: $(cat "$work/run.err")"
[ ! -s "$work/run.err" ] || fail "the fleet run complains: $(cat "$work/run.err")"
whole
run 0 --db "$db" db prune --keep 50d
expect "everybody was scanned anew" "SELECT count(*) FROM fleet WHERE due_at <= unixepoch()" 0
expect "and every zone has its latest scan" "SELECT count(*) FROM zones z JOIN scans s ON s.id = z.latest_scan" "$(($(wc -l <"$work/fleet.csv") - 1))"
expect "of the old ones only those that something stands on" \
    "SELECT count(*) FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name LIKE 'z%.example' AND s.finished_at < unixepoch() - 50 * 86400" 0

echo "-- a file that cannot give its space back, and is rewritten"
rm -f "$db"*
sqlite3 "$work/untouched.db" "PRAGMA auto_vacuum = NONE; VACUUM"
cp "$work/untouched.db" "$db"
run 0 --db "$db" db prune --keep 50d --format json
[ "$(jq '.bytes_after >= .bytes_before and .bytes_free > 0' "$work/out")" = true ] || fail "$(cat "$work/out")"
run 0 --db "$db" db prune --keep 50d --vacuum --format json
[ "$(jq '.bytes_after < .bytes_before and .bytes_free == 0' "$work/out")" = true ] || fail "$(cat "$work/out")"
expect "from now on it can" "PRAGMA auto_vacuum" 2
whole

echo "-- stopped by a signal"
rm -f "$db"*
cp "$work/untouched.db" "$db"
code=0
timeout -s INT 0.05 "$program" --db "$db" db prune --keep 50d --format json >"$work/out" 2>"$work/err" || code=$?
[ $code = 124 ] || [ $code = 0 ] || fail "exit code $code"
whole
conclude
