#!/bin/bash
# Three runs on one database that come and go, one of them killed, never exceed the rate and the connections of an
# address together: once with one connection, which is for one of them alone, once with three. And a run keeps to its
# bounds over all addresses. The lab counts. Usage: test_fleet_budget.sh ORIGINTLS ORIGINTLS_LAB
set -euo pipefail
origintls=$1
lab=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/life"

value() { grep "\"record\":\"$1\",\"name\":\"uniform\"" "$folder/lab" | grep -o "\"$2\":\"\\?[0-9.]*" | grep -o '[0-9.]*$'; }
start_lab() {
    "$lab" --only uniform --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
    lab_pid=$!
    exec 3>"$folder/life"
    for _ in $(seq 100); do
        grep -q '"name":"canary"' "$folder/lab" && return
        sleep 0.1
    done
    exit 1
}
stop_lab() {
    exec 3>&-
    wait $lab_pid
}
import() { # DATABASE ZONES
    {
        echo "zone,hostname,address,http_port,https_port"
        for i in $(seq "$2"); do
            echo "z$i.example,www.z$i.example,$(value site address),$(value site http_port),$(value site https_port)"
        done
    } >"$folder/fleet.csv"
    "$origintls" --db "$1" fleet import "$folder/fleet.csv" >/dev/null
}
expect_at_most() { # SENTENCE VALUE BOUND
    echo "$1: $2, $3 may be"
    [ "$2" -le "$3" ] || { echo "too many" >&2; exit 1; }
}

for connections in 1 3; do
    database=$folder/$connections.db
    rate=60
    start_lab
    import "$database" 9
    runs=()
    for i in 1 2 3; do
        "$origintls" --db "$database" -q fleet run --loops 2 --zones-per-loop 2 --rate $rate --connections $connections \
            --pairs 5 >"$folder/run$i" &
        runs+=($!)
        sleep 0.7
    done
    kill -9 "${runs[0]}"
    wait "${runs[0]}" || true
    wait "${runs[1]}" "${runs[2]}"
    stop_lab
    expect_at_most "connections at once" "$(value stats max_concurrent)" $connections
    # In any second each of three runs may begin one more, for a window counts both its ends, and a request that a busy
    # machine sends a tenth of a second late falls among later ones.
    expect_at_most "requests in a second" "$(value stats max_requests_in_one_second)" $((rate + 3 + rate / 10))
    [ "$(value stats requests)" -gt 100 ] || { echo "too few requests to tell" >&2; exit 1; }
    scanned=$(sqlite3 "$database" "SELECT count(*), count(DISTINCT zone) FROM scans")
    [ "$scanned" = "9|9" ] || { echo "$scanned scans and zones instead of 9|9" >&2; exit 1; }
done

# Over all addresses: one run, one bound after the other. $1: the option; $2: its value; $3: what the lab counts.
for case in "--total-connections 8 connections" "--total-bytes 250000 bytes_sent" "--total-rate 25 requests"; do
    read -r option bound counted <<<"$case"
    database=$folder/total$counted.db
    start_lab
    import "$database" 4
    began=$(date +%s%N)
    "$origintls" --db "$database" -q fleet run --loops 2 --rate 1000 --connections 8 --pairs 8 "$option" "$bound" >/dev/null
    took_ms=$((($(date +%s%N) - began) / 1000000))
    stop_lab
    # One second's worth more, for what is under way at the end.
    expect_at_most "$counted in $took_ms ms" "$(value stats "$counted")" $((bound * (took_ms + 1000) / 1000))
    [ "$took_ms" -gt 2000 ] || { echo "over too soon to tell" >&2; exit 1; }
done
