#!/bin/bash
# Four runs on one database, one of which is stopped (SIGSTOP) for longer than its lease lasts and goes on then: its
# zones are taken over meanwhile, and what it brings back is not recorded a second time. The length of a lease is cut
# short by saying in its stead that it has run out. Usage: test_fleet_stress.sh ORIGINTLS
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"

zones=2000
zones $zones >"$folder/fleet.csv"
"$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
# What a zone was leased to, each time: a zone that had two owners at once shows as taken from somebody who had it.
sql "CREATE TABLE taken (zone INTEGER, from_run INTEGER, to_run INTEGER);
     CREATE TRIGGER watch AFTER UPDATE OF run ON fleet WHEN NEW.run IS NOT NULL
     BEGIN INSERT INTO taken VALUES (NEW.zone, OLD.run, NEW.run); END"
pids=()
for i in 1 2 3 4; do
    "$origintls" --db "$database" fleet run --loops 2 --zones-per-loop 15 --connections 8 >"$folder/out.$i" 2>"$folder/err.$i" &
    pids+=($!)
done
has_zones() { [ "$(sql "SELECT count(*) FROM fleet WHERE run = (SELECT id FROM runs WHERE process = $1)")" -gt 0 ]; }
for _ in 1 2 3; do
    wait_for "the stopped run has zones" has_zones "${pids[1]}"
    kill -STOP "${pids[1]}"
    run=$(sql "SELECT id FROM runs WHERE process = ${pids[1]}")
    had=$(sql "SELECT count(*) FROM fleet WHERE run = $run")
    [ "$had" -gt 0 ] || { kill -CONT "${pids[1]}"; continue; }
    sql "UPDATE runs SET alive_until = unixepoch() - 1 WHERE id = $run"
    is_buried() { [ "$(sql "SELECT count(*) FROM runs WHERE id = $run")" = 0 ]; }
    wait_for "the others notice" is_buried
    sleep 1
    kill -CONT "${pids[1]}"
    lost=1
    sleep 1
done
[ "${lost:-0}" = 1 ] || die "the stopped run never had a zone"
code=0
for pid in "${pids[@]}"; do wait "$pid" || code=$?; done
expect_code 0 $code "a run: $(cat "$folder"/err.*)"
expect_each_once $zones
expect "zones with two owners at once" "SELECT count(*) FROM taken WHERE from_run IS NOT NULL" 0
expect "zones that were never leased" "SELECT count(*) FROM fleet WHERE zone NOT IN (SELECT zone FROM taken)" 0
[ "$(sql "SELECT count(DISTINCT to_run) FROM taken")" -ge 4 ] || die "not all runs had zones"
grep -q 'was taken for dead' "$folder/err.2" || die "the stopped run did not notice: $(cat "$folder/err.2")"
echo "$(sql "SELECT count(*) - $zones FROM taken") zones were scanned again; done by each: $(cat "$folder"/out.* | cut -d' ' -f1 | tr '\n' ' ')"
