#!/bin/bash
# SIGINT and SIGTERM: what is in flight ends within a bound and is written, exit codes 130 and 143; the second signal
# ends the program at once; nothing stays behind. Usage: test_fleet_signals.sh ORIGINTLS ORIGINTLS_LAB
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"
lab=$2
mkfifo "$folder/life"
"$lab" --only slow-drip,tls-stalls --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
exec 3>"$folder/life"
wait_for "the lab" grep -q '"name":"canary"' "$folder/lab"
declare -A code_of=([INT]=130 [TERM]=143)

# stopped SIGNAL TIMES COMMAND...: runs it, sends the signal so often once the file "begun" says that it is under way.
stopped() {
    local signal=$1 times=$2 code=0 pid
    shift 2
    "$@" >"$folder/out" 2>"$folder/err" &
    pid=$!
    sleep 1.5
    for _ in $(seq "$times"); do
        kill -"$signal" $pid 2>/dev/null || true
        sleep 0.2
    done
    wait $pid || code=$?
    expect_code "${code_of[$signal]}" $code "$signal, $times times: $* ($(cat "$folder/err"))"
}

# Two zones that never come to an end by themselves within the time of this test.
{
    echo "zone,hostname,address,http_port,https_port"
    jq -r 'select(.record == "site" and .name != "canary") | [.zone, .hostname, .address, .http_port, .https_port] | @csv' "$folder/lab"
} >"$folder/slow.csv"
slow=$(jq -r 'select(.name == "slow-drip" and .record == "site") | .origin_option' "$folder/lab")

echo "-- scan"
stopped INT 1 "$origintls" --db "$database" scan slow-drip.lab.test --origin "$slow" --format json
[ "$(jq -r '.status + " " + .incomplete_reason' "$folder/out")" = "incomplete interrupted" ] || die "$(cat "$folder/out")"
expect "scans that were cut short and written" "SELECT count(DISTINCT scan) FROM recommendations WHERE incomplete_reason = 'interrupted'" 1
stopped TERM 2 "$origintls" --db "$database" scan slow-drip.lab.test --origin "$slow"
[ ! -s "$folder/out" ] || die "a scan that was ended at once: $(cat "$folder/out")"
expect "scans that were ended at once and written" "SELECT count(*) FROM scans" 1

echo "-- fleet run"
rm "$database"*
zones 200 >"$folder/fleet.csv"
"$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
"$origintls" --db "$database" fleet import --add "$folder/slow.csv" >/dev/null
# One of the slow ones is in flight on one loop, none on eight.
for loops in 1 8; do
    pattern=$([ $loops = 1 ] && echo . || echo '^z')
    sql "UPDATE fleet SET due_at = 0"
    before=$(sql "SELECT count(*) FROM scans")
    stopped TERM 1 "$origintls" --db "$database" fleet run --loops $loops --zones-per-loop 5 --zone "$pattern"
    expect_text "$folder/out" ' zones scanned in '
    has_scans "$before" || die "nothing was recorded"
    expect "zones that somebody still has" "SELECT count(*) FROM fleet WHERE run IS NOT NULL" 0
    expect "runs that were left behind" "SELECT count(*) FROM runs" 0
    expect "scans that were cut short and recorded" \
        "SELECT count(*) FROM recommendations WHERE incomplete_reason = 'interrupted'" 0
    expect "zones that are due later, and not because they were recorded" \
        "SELECT (SELECT count(*) FROM fleet WHERE due_at > 0) - (SELECT count(*) FROM scans) + $before" 0
done
sql "UPDATE fleet SET due_at = 0"
stopped INT 2 "$origintls" --db "$database" fleet run --loops 2
expect "integrity" "PRAGMA integrity_check" ok
# What the dead run had is free for the next one; but for the slow ones all are done.
"$origintls" --db "$database" -q fleet run --zone '^z' --loops 2 >/dev/null
expect "zones that are still due" "SELECT count(*) FROM fleet WHERE due_at <= unixepoch()" 2

echo "-- fleet run --watch, with nothing to do"
sql "UPDATE fleet SET due_at = unixepoch() + 86400"
stopped INT 1 "$origintls" --db "$database" -q fleet run --watch
stopped TERM 1 "$origintls" --db "$database" -q fleet run --watch --loops 4

echo "-- demo"
mkdir "$folder/tmp"
TMPDIR=$folder/tmp stopped INT 1 "$origintls" demo --only slow-drip,identical
[ -z "$(ls -A "$folder/tmp")" ] || die "demo left $(ls -A "$folder/tmp")"

echo "-- report, to a file and to nobody who reads"
"$origintls" --db "$database" report --format ndjson >"$folder/whole"
mkfifo "$folder/pipe"
exec 4<>"$folder/pipe"
dd if=/dev/zero of="$folder/pipe" bs=1k count=64 oflag=nonblock 2>/dev/null || true
stopped INT 1 bash -c 'exec "$0" --db "$1" report --format ndjson >"$2"' "$origintls" "$database" "$folder/pipe"
exec 4>&-

exec 3>&-
wait
echo "all good"
