#!/bin/bash
# A fleet run while the disk is full, the database locked or read-only, the network gone, the clock put forward and
# back, descriptors few: a clear message, no corruption, and when it is mended each zone is scanned exactly once.
# Usage: test_fleet_trouble.sh ORIGINTLS CASE ORIGINTLS_LAB
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"

run=("$origintls" --db "$database" -q fleet run --loops 2)

full_disk() {
    in_namespaces "$0" "$origintls" full_disk
    mkdir "$folder/disk"
    mount -t tmpfs -o size=12m none "$folder/disk"
    database=$folder/disk/fleet.db
    zones 1200 >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    run=("$origintls" --db "$database" fleet run --loops 2 --zones-per-loop 150)

    "${run[@]}" >"$folder/out" 2>"$folder/err" &
    local pid=$! code=0
    wait_for "the first results" has_scans
    dd if=/dev/zero of="$folder/disk/filler" bs=1k 2>/dev/null || true
    wait_for "the run says that the disk is full" grep -q 'no space left' "$folder/err"
    rm "$folder/disk/filler"
    wait $pid || code=$?
    expect_code 0 $code "a disk that was full for a while: $(cat "$folder/err")"
    expect_text "$folder/err" "no space left for database $database: make room"
    expect_text "$folder/err" 'the database takes results again'
    expect_each_once 1200

    sql "DELETE FROM runs; UPDATE fleet SET due_at = 0"
    local before
    before=$(sql "SELECT count(*) FROM scans")
    "${run[@]}" >"$folder/out" 2>"$folder/err" &
    pid=$!
    code=0
    wait_for "the first results" has_scans "$before"
    dd if=/dev/zero of="$folder/disk/filler" bs=1k 2>/dev/null || true
    wait_for "the run says that the disk is full" grep -q 'no space left' "$folder/err"
    kill -TERM $pid
    wait $pid || code=$?
    expect_code 1 $code "stopped while the disk was full: $(cat "$folder/err")"
    rm "$folder/disk/filler"
    expect "integrity" "PRAGMA integrity_check" ok
    "${run[@]}" -q >"$folder/out"
    expect "recorded scans" "SELECT count(*) FROM scans" 2400
    expect "zones with two scans" "SELECT count(*) FROM (SELECT 1 FROM scans GROUP BY zone HAVING count(*) = 2)" 1200
}

# Each command that writes, on a disk that is full: one line that names the database or the file, exit code 1, nothing
# half written; and on standard output that takes nothing.
full_disk_commands() {
    in_namespaces "$0" "$origintls" full_disk_commands
    local code disk=$folder/disk
    mkdir "$disk"
    mount -t tmpfs -o size=3m none "$disk"
    database=$disk/fleet.db
    zones 100 >"$folder/fleet.csv"
    zones 3000 127.7 >"$folder/more.csv"
    awk 'BEGIN { for (i = 0; i < 50000; i++) printf "z%d.example.net\n", i }' >"$folder/list"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    "$origintls" --db "$database" fleet run -q --limit 20 >/dev/null
    "$origintls" --db "$database" optout add example.org >/dev/null
    sql "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
    local rows
    rows=$(sql "SELECT (SELECT count(*) FROM fleet), (SELECT count(*) FROM scans), (SELECT count(*) FROM opt_outs), (SELECT count(*) FROM ledger)")
    dd if=/dev/zero of="$disk/filler" bs=1k 2>/dev/null || true
    : >"$disk/filler-of-the-last-inode" 2>/dev/null || true
    while read -r -a command; do
        code=0
        "$origintls" --db "$database" "${command[@]}" >"$folder/out" 2>"$folder/err" </dev/null || code=$?
        expect_code 1 $code "${command[*]}: $(cat "$folder/err")"
        [ "$(wc -l <"$folder/err")" -eq 1 ] || die "${command[*]}: $(cat "$folder/err")"
        expect_text "$folder/err" "^origintls: .*($disk/fleet.db: make room|cannot write $disk/report: No space left)"
        [ "$(find "$disk" -name '*report*')" = "" ] || die "${command[*]}: left $(ls -a "$disk")"
    done <<COMMANDS
optout add example.com
optout import $folder/list
optout remove example.org
fleet import $folder/more.csv
fleet run
scan z1.example --timeout 1
report --format html --output $disk/report
report --format json --output $disk/report
db prune --keep 0d
COMMANDS
    rm "$disk/filler"
    expect "integrity" "PRAGMA integrity_check" ok
    expect "nothing was half written" "SELECT (SELECT count(*) FROM fleet), (SELECT count(*) FROM scans), (SELECT count(*) FROM opt_outs), (SELECT count(*) FROM ledger)" "$rows"
    "$origintls" --db "$database" ledger verify >/dev/null || die "the ledger is not whole"
    for command in 'report' 'report --format json' 'fleet status' 'optout list' 'ledger list' 'ledger verify' \
        'upgrade list' 'fleet run' 'scan z1.example' 'doctor' 'config'; do
        code=0
        # shellcheck disable=SC2086
        "$origintls" --db "$database" $command >/dev/full 2>"$folder/err" || code=$?
        expect_code 1 $code "$command to a full device: $(cat "$folder/err")"
        expect_text "$folder/err" '^origintls: standard output: No space left on device'
        code=0
        # shellcheck disable=SC2086
        "$origintls" --db "$database" $command >&- 2>"$folder/err" || code=$?
        expect_code 1 $code "$command to a closed standard output: $(cat "$folder/err")"
        # shellcheck disable=SC2086
        "$origintls" --db "$database" $command >/dev/null 2>&- || expect_code 3 $? "$command without standard error"
    done
    # A file that may not grow any more is an error, not a death by signal.
    (
        ulimit -f 64
        code=0
        "$origintls" --db "$folder/small.db" fleet import "$folder/more.csv" >/dev/null 2>"$folder/err" || code=$?
        expect_code 1 $code "a file that may not grow: $(cat "$folder/err")"
    )
    expect_text "$folder/err" "$folder/small.db"
}

locked() {
    zones 300 >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    mkfifo "$folder/sql"
    "$origintls" --db "$database" fleet run --loops 2 --zones-per-loop 40 >"$folder/out" 2>"$folder/err" &
    local pid=$! code=0
    wait_for "the first results" has_scans
    sqlite3 -cmd '.timeout 20000' "$database" <"$folder/sql" >"$folder/locked" 2>&1 &
    exec 8>"$folder/sql"
    echo 'BEGIN IMMEDIATE; SELECT 1;' >&8
    wait_for "the lock" test -s "$folder/locked"
    wait_for "the run says that the database is locked" grep -q 'is locked' "$folder/err"
    expect_text "$folder/err" "database $database is locked: another process has been writing to it for 5 s"
    echo 'ROLLBACK;' >&8
    exec 8>&-
    wait $pid || code=$?
    expect_code 0 $code "a database that was locked for a while: $(cat "$folder/err")"
    expect_each_once 300
    # Stopped before anything was in flight.
    sql "UPDATE fleet SET due_at = 0"
    sqlite3 "$database" <"$folder/sql" >"$folder/locked" 2>&1 &
    exec 8>"$folder/sql"
    echo 'BEGIN IMMEDIATE; SELECT 2;' >&8
    wait_for "the lock" test -s "$folder/locked"
    "${run[@]}" >"$folder/out" 2>"$folder/err" &
    pid=$!
    sleep 0.5
    kill -INT $pid
    code=0
    wait $pid || code=$?
    expect_code 130 $code "stopped while waiting for the database: $(cat "$folder/err")"
    exec 8>&-
    wait
}

# What the store refuses once is tried again as it was: the upgrade that a scan decided on is begun exactly once.
refused_once() {
    local lab=$1 code=0
    mkfifo "$folder/life"
    "$lab" --only identical,uniform,tls-1.3 --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
    exec 3>"$folder/life"
    wait_for "the lab" grep -q '"name":"canary"' "$folder/lab"
    {
        echo "zone,hostname,address,http_port,https_port"
        jq -r 'select(.record == "site" and .name != "canary") | [.zone, .hostname, .address, .http_port, .https_port] | @csv' "$folder/lab"
    } >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    sql "CREATE TRIGGER refusal AFTER UPDATE OF scans ON fleet WHEN (SELECT count(*) FROM scans) = 3 BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
    "$origintls" --db "$database" fleet run --ca-file "$folder/ca.pem" --rate 200 --connections 8 --pairs 20 --min-pairs 5 \
        --upgrades-per-day 1 >"$folder/out" 2>"$folder/err" &
    local pid=$!
    wait_for "the refusal" grep -q 'refused by the test' "$folder/err"
    sleep 1.5
    sql "DROP TRIGGER refusal"
    wait $pid || code=$?
    exec 3>&-
    wait
    expect_code 0 $code "$(cat "$folder/err")"
    expect_each_once 3
    # One may start today; the two others wait for their turn, and are not forgotten.
    expect "rollouts by state" "SELECT group_concat(state || ' ' || n) FROM (SELECT state, count(*) n FROM rollouts GROUP BY state ORDER BY state)" \
        'ramping 1,waiting 2'
    "$origintls" --db "$database" ledger replay >/dev/null || die "a decision does not come out the same"
}

read_only() {
    in_namespaces "$0" "$origintls" read_only
    local code disk=$folder/disk
    mkdir "$disk"
    mount -t tmpfs -o size=12m none "$disk"
    database=$disk/fleet.db
    zones 60 >"$folder/fleet.csv"
    echo example.com >"$folder/list"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    "$origintls" --db "$database" fleet run -q --limit 20 >/dev/null
    mount -o remount,ro "$disk"
    for command in 'optout add example.com' "optout import $folder/list" "fleet import $folder/fleet.csv" 'fleet run' \
        'scan z1.example' 'upgrade approve z1.example' 'db prune --keep 1d'; do
        code=0
        # shellcheck disable=SC2086
        "$origintls" --db "$database" $command >"$folder/out" 2>"$folder/err" || code=$?
        expect_code 1 $code "$command: $(cat "$folder/err")"
        expect_text "$folder/err" "^origintls: database $database is read-only: make the file"
        [ "$(wc -l <"$folder/err")" -eq 1 ] || die "$command: $(cat "$folder/err")"
    done
    for command in 'fleet status' 'report' 'optout list' 'upgrade list' 'ledger verify'; do
        code=0
        # shellcheck disable=SC2086
        "$origintls" --db "$database" $command >"$folder/out" 2>"$folder/err" || code=$?
        expect_code 0 $code "$command on a read-only file system: $(cat "$folder/err")"
    done
    code=0
    "$origintls" --db "$database" report --output "$disk/report" 2>"$folder/err" || code=$?
    expect_code 2 $code "a report that cannot be written: $(cat "$folder/err")"
    expect_text "$folder/err" "--output: cannot write $disk/report: Read-only file system"
    code=0
    "$origintls" --db "$folder/other.db" fleet run --metrics "$disk/metrics" >/dev/null 2>"$folder/err" || code=$?
    expect_code 2 $code "metrics that cannot be written: $(cat "$folder/err")"
    expect_text "$folder/err" "--metrics: cannot write $disk/metrics: Read-only file system"
    mount -o remount,rw "$disk"
    "${run[@]:0:1}" --db "$database" -q fleet run --loops 2 >/dev/null
    expect_each_once 60
}

network() {
    in_namespaces "$0" "$origintls" network
    zones 120 192.0.2 | sed 's/192\.0\.2\.0\./192.0.2./' >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    "$origintls" --db "$database" fleet run --loops 2 --zones-per-loop 15 --timeout 1 >"$folder/out" 2>"$folder/err" &
    local pid=$! code=0
    wait_for "the run says that the network is gone" grep -q 'no route to any origin' "$folder/err"
    expect "zones recorded without a network" "SELECT count(*) FROM scans" 0
    # Now there is one, and every address of it refuses.
    ip route add local 192.0.2.0/24 dev lo
    ip route add default dev lo
    wait_for "the run goes on" has_scans
    expect_text "$folder/err" 'the network is back'
    wait $pid || code=$?
    expect_code 0 $code "$(cat "$folder/err")"
    expect "zones recorded as unreachable by this machine's fault" "SELECT count(*) FROM fleet WHERE reason = 'no_route'" 0
    # A few that could not be told from zones without a route wait for five minutes.
    sql "UPDATE fleet SET due_at = 0, deferred = NULL WHERE deferred = 'no_route'"
    "${run[@]}" >/dev/null
    expect_each_once 120
}

descriptors() {
    zones 200 >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    local code=0
    (ulimit -n 64 && "${run[@]:0:1}" --db "$database" fleet run --loops 2 >"$folder/out" 2>"$folder/err") || code=$?
    expect_code 0 $code "$(cat "$folder/err")"
    expect_text "$folder/err" 'zones are scanned at once instead of 200, for only 64 files may be open'
    expect_each_once 200
    expect "zones that were called closed, and nothing else" \
        "SELECT group_concat(DISTINCT incomplete_detail) FROM evidence" \
        'on both ports: the port is closed: the connection was refused'
    code=0
    (ulimit -n 24 && "${run[@]}" >"$folder/out" 2>"$folder/err") || code=$?
    expect_code 1 $code "$(cat "$folder/err")"
    expect_text "$folder/err" "only 24 files may be open at once, too few to scan: raise that with 'ulimit -n 4096'"
    # A soft limit is no limit.
    sql "UPDATE fleet SET due_at = 0"
    (ulimit -S -n 64 && "$origintls" --db "$database" fleet run --loops 2 >"$folder/out" 2>"$folder/err")
    [ ! -s "$folder/err" ] || die "a soft limit: $(cat "$folder/err")"
}

# A scan that wants more connections at once than there are descriptors takes longer, and finds the same.
starved() {
    local lab=$1 code=0 origins=() number=0
    mkfifo "$folder/life"
    "$lab" --only uniform,identical,gzip,chunked,closing,tls-1.3,rsa-certificate,robots-others,shuffled-chain \
        --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
    exec 3>"$folder/life"
    wait_for "the lab" grep -q '"name":"canary"' "$folder/lab"
    while read -r origin; do
        number=$((number + 1))
        origins+=(--origin "h$number.many.example=$origin")
    done < <(jq -r 'select(.record == "site" and .name != "canary") | [.address, .http_port, .https_port] | join(":")' "$folder/lab")
    local scan=("$origintls" --db "$database" scan many.example "${origins[@]}" --ca-file "$folder/ca.pem" --rate 500
        --connections 8 --pairs 10 --min-pairs 5 --format json)
    (ulimit -n 30 && "${scan[@]}" >"$folder/out" 2>"$folder/err" 3>&-) || code=$?
    expect_code 0 $code "30 descriptors: $(cat "$folder/err")"
    [ "$(jq -c '[.hostnames[] | .status + " " + .supported_mode] | unique' "$folder/out")" = '["complete full"]' ] ||
        die "$(cat "$folder/out")"
    code=0
    (ulimit -n 17 && "${scan[@]}" >"$folder/out" 2>"$folder/err" 3>&-) || code=$?
    expect_code 1 $code "17 descriptors: $(cat "$folder/err")"
    expect_text "$folder/err" '^origintls: not enough file descriptors or memory for all connections: raise the limit'
    expect "scans that were recorded" "SELECT count(*) FROM scans" 1
    exec 3>&-
    wait
}

clock() {
    local library
    library=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -1)
    [ -n "$library" ] || skip "libfaketime is not installed"
    [ "$(nm "$origintls" 2>/dev/null | grep -c __asan_init)" = 0 ] || skip "a sanitizer and libfaketime do not go together"
    faked=(env LD_PRELOAD="$library" FAKETIME_TIMESTAMP_FILE="$folder/now" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
    zones 60 >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    set_clock() { echo "$1" >"$folder/now.new" && mv "$folder/now.new" "$folder/now"; }
    set_clock +0
    "${faked[@]}" "$origintls" --db "$database" fleet run --watch --loops 1 --zones-per-loop 20 >"$folder/out" 2>"$folder/err" &
    local pid=$! code=0
    wait_for "the first results" has_scans
    set_clock -3600
    wait_for "the run says that the clock was put back" grep -q 'the clock was put back by 3[56].. s' "$folder/err"
    wait_for "all results, by a clock that was put back" has_scans 59
    set_clock +7200
    wait_for "the run says that the clock was put forward" grep -q 'the clock was put forward by 10[78].. s' "$folder/err"
    set_clock +0
    wait_for "the clock is right again" grep -q 'the clock was put back by 7[12].. s' "$folder/err"
    kill -TERM $pid
    wait $pid || code=$?
    expect_code 143 $code "$(cat "$folder/err")"
    expect_each_once 60
    expect "zones that are due within 29 days, or after 34" \
        "SELECT count(*) FROM fleet WHERE due_at NOT BETWEEN unixepoch() + 86400 AND unixepoch() + 34 * 86400" 0

    set_clock +400d
    sql "UPDATE fleet SET due_at = 0"
    "${faked[@]}" "$origintls" --db "$database" -q fleet run --loops 1 --limit 10 >/dev/null
    "${run[@]}" >/dev/null 2>"$folder/err"
    expect "zones that are due in a year" "SELECT count(*) FROM fleet WHERE due_at > unixepoch() + 34 * 86400" 0
    expect "integrity" "PRAGMA integrity_check" ok

    set_clock '@1970-01-02 00:00:00'
    code=0
    "${faked[@]}" "$origintls" --db "$database" fleet run >/dev/null 2>"$folder/err" || code=$?
    expect_code 1 $code "$(cat "$folder/err")"
    expect_text "$folder/err" 'the clock of this machine says 1970-01-0.*timedatectl set-ntp 1'
}

surroundings() {
    zones 20 >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    local code=0
    env -u HOME -u XDG_STATE_HOME "$origintls" fleet run 2>"$folder/err" || code=$?
    expect_code 2 $code "without HOME: $(cat "$folder/err")"
    expect_text "$folder/err" 'neither XDG_STATE_HOME nor HOME is set; give --db FILE'
    env -i "$origintls" --db "$database" fleet run --limit 5 >"$folder/out"
    expect_text "$folder/out" '^5 zones scanned'
    TMPDIR=/nowhere "$origintls" --db "$database" fleet run --limit 5 >"$folder/out"
    TMPDIR=/nowhere "$origintls" --db "$database" fleet import "$folder/fleet.csv" >"$folder/out"
    code=0
    TMPDIR=/nowhere "$origintls" demo --only identical >"$folder/out" 2>"$folder/err" || code=$?
    expect_code 1 $code "demo without a folder for temporary files: $(cat "$folder/err")"
    expect_text "$folder/err" 'no folder for the database in /nowhere: No such file'
    code=0
    "$origintls" --db "$database" fleet run --limit 5 2>"$folder/err" | true || code=${PIPESTATUS[0]}
    expect_code 1 $code "a pipe that nobody reads"
    expect_text "$folder/err" '^origintls: standard output: Broken pipe'
    "${run[@]}" >/dev/null 2>&-
    expect_each_once 20
}

case=$2
shift 2
"$case" "$@"
