#!/bin/bash
# SIGKILL at random moments: of two runs that share a fleet whose scans begin rollouts, of imports, of opt-outs, of
# observations and of deletions. What is left is always whole, and done by doing it again.
# Usage: test_fleet_kill.sh ORIGINTLS CASE ORIGINTLS_LAB
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"
lab=${3:-}
RANDOM=1
killed=0

# kill_after SECONDS PID: and counts it if it came before the end.
kill_after() {
    sleep "$1"
    if kill -9 "$2" 2>/dev/null; then killed=$((killed + 1)); fi
    wait "$2" 2>/dev/null || true
}

# start_lab N: N zones on nine addresses that serve the same over both schemes, whatever the name.
start_lab() {
    mkfifo "$folder/life"
    "$lab" --only uniform,identical,gzip,chunked,closing,tls-1.3,rsa-certificate,robots-others,shuffled-chain \
        --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
    exec 3>"$folder/life"
    wait_for "the lab" grep -q '"name":"canary"' "$folder/lab"
    local origins
    mapfile -t origins < <(jq -r 'select(.record == "site" and .name != "canary") | [.address, .http_port, .https_port] | join(",")' "$folder/lab")
    {
        echo "zone,hostname,address,http_port,https_port"
        for i in $(seq "$1"); do echo "z$i.example,www.z$i.example,${origins[i % ${#origins[@]}]}"; done
    } >"$folder/fleet.csv"
    "$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
    run=("$origintls" --db "$database" -q fleet run --rate 1000 --connections 8 --pairs 10 --min-pairs 5 --upgrades-per-day 20)
}

stop_lab() {
    exec 3>&-
    wait
}

start_run() {
    "${run[@]}" --loops 1 --zones-per-loop 4 --rate 40 >/dev/null 2>&1 3>&- &
    pids[$1]=$!
}

# Two runs, one of which is killed and begun again, fifty times over. Now and then they have the time to share the work.
runs() {
    local zones=200 slot pids=() both=0
    start_lab $zones
    start_run 0
    start_run 1
    for i in $(seq 50); do
        slot=$((RANDOM % 2))
        if [ $((i % 10)) = 5 ]; then sleep 4; fi
        [ "$(sql "SELECT count(DISTINCT run) FROM fleet WHERE run IS NOT NULL")" -lt 2 ] || both=$((both + 1))
        kill_after "0.$((RANDOM % 90 + 10))" "${pids[slot]}"
        expect "zones that were recorded twice" "SELECT count(*) FROM (SELECT 1 FROM scans GROUP BY zone HAVING count(*) > 1)" 0
        expect "zones in flight beyond those of two runs" "SELECT max(count(*), 8) FROM fleet WHERE run IS NOT NULL" 8
        expect "recorded decisions whose rollout is missing" \
            "SELECT count(*) FROM decisions d JOIN scans s ON s.id = d.scan WHERE d.position >= 0 AND d.action = 'upgrade'
             AND NOT EXISTS (SELECT 1 FROM rollouts r JOIN hostnames h ON h.id = r.hostname WHERE h.zone = s.zone)" 0
        start_run "$slot"
    done
    kill -9 "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
    [ $both -gt 0 ] || die "no two runs ever had zones at once"
    [ $killed -ge 25 ] || die "only $killed runs were killed before their end"
    "${run[@]}" --loops 2 >/dev/null
    stop_lab
    expect_each_once $zones
    expect "rollouts" "SELECT count(*), count(DISTINCT hostname) FROM rollouts" "$zones|$zones"
    expect "rollouts that began today" "SELECT count(*) FROM rollouts WHERE state = 'ramping'" 20
    expect "runs that were left behind" "SELECT count(*) FROM runs" 0
    "$origintls" --db "$database" ledger replay >/dev/null || die "a decision does not come out the same"
    echo "killed $killed runs, and in $both moments both of two had zones"
}

imports() {
    # Two inventories in turn, each of which the database holds as a whole or not at all.
    awk 'BEGIN { print "zone,hostname,address"; for (i = 0; i < 30000; i++) printf "a%d.example,www.a%d.example,192.0.2.%d\n", i, i, i % 250 + 1 }' >"$folder/a.csv"
    awk 'BEGIN { print "zone,hostname,address"; for (i = 0; i < 20000; i++) printf "a%d.example,www.a%d.example,198.51.100.%d\n", i, i, i % 250 + 1 }' >"$folder/b.csv"
    awk 'BEGIN { for (i = 0; i < 40000; i++) printf "o%d.example\n", i }' >"$folder/list"
    "$origintls" --db "$database" fleet import "$folder/b.csv" >/dev/null
    local a b state
    b='20000|20000'
    a='30000|30000'
    for i in $(seq 8); do
        "$origintls" --db "$database" fleet import "$folder/$([ $((i % 2)) = 1 ] && echo a || echo b).csv" >/dev/null 2>&1 &
        kill_after "0.$((RANDOM % 70 + 5))" $!
        state=$(sql "SELECT count(*) FILTER (WHERE removed_at IS NULL), (SELECT count(*) FROM inventory_origins WHERE hostname IN (SELECT hostname FROM inventory)) FROM fleet")
        case $state in
        "$a" | "$b" | '20000|30000') ;;
        *) die "an import that was killed left $state" ;;
        esac
    done
    for _ in $(seq 6); do
        "$origintls" --db "$database" optout import "$folder/list" >/dev/null 2>&1 &
        kill_after "0.$((RANDOM % 60 + 5))" $!
        state=$(sql "SELECT count(*) FROM opt_outs")
        [ "$state" = 0 ] || [ "$state" = 40000 ] || die "an import of opt-outs that was killed left $state"
    done
    [ $killed -ge 8 ] || die "only $killed imports were killed before their end"
    expect "integrity" "PRAGMA integrity_check" ok
    "$origintls" --db "$database" fleet import "$folder/a.csv" >/dev/null
    "$origintls" --db "$database" optout import "$folder/list" >/dev/null
    expect "zones of the last inventory" "SELECT count(*) FROM fleet WHERE removed_at IS NULL" 30000
    expect "opt-outs" "SELECT count(*) FROM opt_outs" 40000
    "$origintls" --db "$database" ledger verify >/dev/null || die "the ledger is not whole"
    echo "killed $killed imports"
}

rollouts() {
    start_lab 30
    "${run[@]}" --upgrades-per-day 1000 >/dev/null
    stop_lab
    expect "rollouts that began" "SELECT count(*) FROM rollouts WHERE state = 'ramping'" 30
    local at=1900000000
    for i in $(seq 25); do
        # An hour of each hostname.
        for zone in $(seq 30); do
            printf '{"zone":"z%d.example","hostname":"www.z%d.example","from":"flexible","to":"%s","percent":%d,"start":"%s","end":"%s","candidate":{"requests":100000,"tls_errors":0,"connect_errors":0,"http_5xx":0},"control":{"requests":100000,"tls_errors":0,"connect_errors":0,"http_5xx":0}}\n' \
                "$zone" "$zone" "$(sql "SELECT to_mode FROM rollouts LIMIT 1")" \
                "$(sql "SELECT percent FROM rollout_steps s JOIN rollouts r ON r.id = s.rollout JOIN hostnames h ON h.id = r.hostname WHERE h.name = 'www.z$zone.example' ORDER BY position DESC LIMIT 1")" \
                "$(date -u -d @$at +%FT%TZ)" "$(date -u -d @$((at + 3600)) +%FT%TZ)"
        done >"$folder/observations"
        "$origintls" --db "$database" upgrade observe --at "$(date -u -d @$((at + 3600)) +%FT%TZ)" "$folder/observations" >/dev/null 2>"$folder/err" &
        kill_after "0.0$((RANDOM % 9 + 1))" $!
        expect "observations are there as a whole or not at all" "SELECT count(*) % 30 FROM observations" 0
        "$origintls" --db "$database" ledger verify >/dev/null || die "the ledger is not whole"
        at=$((at + 3600))
    done
    [ $killed -ge 5 ] || die "only $killed were killed before their end"
    expect "integrity" "PRAGMA integrity_check" ok
    expect "rollouts that did not go step by step with the others" "SELECT count(DISTINCT n) FROM (SELECT count(*) n FROM rollout_steps GROUP BY rollout)" 1
    for _ in $(seq 10); do
        "$origintls" --db "$database" db prune --keep 0d >/dev/null 2>&1 &
        kill_after "0.0$((RANDOM % 6 + 1))" $!
        expect "integrity" "PRAGMA integrity_check" ok
    done
    "$origintls" --db "$database" ledger replay >/dev/null || die "a decision does not come out the same"
    echo "killed $killed times"
}

"$2"
