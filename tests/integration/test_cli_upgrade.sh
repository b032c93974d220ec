#!/bin/bash
# Rollouts from the command line, as an operator steers them; and a ledger that somebody has touched.
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

start_lab identical,expires-soon
zone=identical.lab.test
d=(--db "$db")
scan() {
    local expected=$1 name=$2
    shift 2
    run "$expected" "${d[@]}" scan "$name.lab.test" --origin "$(origin "$name")" --rate 1000 --pairs 12 \
        --ca-file "$work/ca.pem" --format json "$@"
}
# state JQ_FILTER VALUE: of the zone's only rollout.
state() {
    run 0 "${d[@]}" upgrade list --zone "$zone" --format ndjson
    local found
    found=$(jq -c "$1" "$work/out")
    [ "$found" = "$2" ] || fail "$1 is $found instead of $2"
}

echo "-- without a database, and without a rollout"
refused 2 'no database at' "${d[@]}" upgrade list
refused 2 'no database at' "${d[@]}" ledger verify
refused 2 'no database at' "${d[@]}" upgrade approve "$zone"
[ ! -e "$db" ] || fail "asking made a database"
refused 2 'is not a whole command: one of list, observe, approve, hold, rollback, export must follow' upgrade
refused 2 'unknown option' "${d[@]}" upgrade export --policy
refused 2 "option --freeze.*START/END" "${d[@]}" upgrade approve "$zone" --freeze tomorrow

echo "-- the setting is custom: the operator decides"
scan 0 identical --setting custom
[ "$(jq -c '[.decision.action, .hostnames[0].rollout.state]' "$work/out")" = '["hold","proposed"]' ] || fail "$(cut -c 1-900 "$work/out")"
refused 2 "no rollout that hold could change" "${d[@]}" upgrade hold "$zone"
refused 2 "no rollout that approve could change" "${d[@]}" upgrade approve "$zone" www.identical.lab.test
run 0 "${d[@]}" upgrade approve "$zone"
state '[.state, .percent]' '["ramping",1]'
run 0 "${d[@]}" explain "$zone" --format json
[ "$(jq -r '.hostnames[0].rollout.state' "$work/out")" = ramping ] || fail "explain does not know the rollout"
run 0 "${d[@]}" upgrade hold "$zone"
state '[.state, .percent]' '["holding",1]'
run 0 "${d[@]}" upgrade approve "$zone"
run 0 "${d[@]}" upgrade rollback "$zone"
state '[.state, .percent, .rule]' '["rolled_back",0,"by_hand"]'
refused 2 "no rollout that rollback could change" "${d[@]}" upgrade rollback "$zone"

echo "-- what was taken back is not tried again at once, unless somebody says so"
before=$(sqlite3 "$db" "SELECT count(*) FROM ledger")
scan 0 identical --dry-run
[ "$(jq -c '.decision | .action, .rule' "$work/out" | tr '\n' ' ')" = '"hold" "ended_before" ' ] || fail "$(cut -c 1-900 "$work/out")"
[ "$(jq -c '[.decision.policy[] | select(.name == "retry_days") | .value]' "$work/out")" = '[30]' ] || fail "$(jq -c .decision "$work/out")"
scan 0 identical --dry-run --retry-days 0
[ "$(jq -c '[.decision | .action, .rule, .percent]' "$work/out")" = '["upgrade","pairs_agree",1]' ] || fail "$(jq -c .decision "$work/out")"
[ "$(jq -c '[.decision.numbers[] | select(.name == "pairs" or .name == "same") | .value] | length' "$work/out")" = 2 ] || fail "no numbers"
[ "$(sqlite3 "$db" "SELECT count(*) FROM ledger")" = "$before" ] || fail "a dry run wrote into the ledger"
scan 0 identical
[ "$(jq -c '[.decision.action, .decision.rule, .hostnames[0].rollout.state]' "$work/out")" = '["hold","ended_before","proposed"]' ] || fail "$(cut -c 1-900 "$work/out")"
run 0 "${d[@]}" explain "$zone"
grep -q 'By the policy: --ceiling full_strict, --upgrade-pairs 10' "$work/out" || fail "explain does not tell the policy: $(cat "$work/out")"
run 0 "${d[@]}" upgrade approve "$zone"
state '[.state, .percent]' '["ramping",1]'
run 0 "${d[@]}" upgrade rollback "$zone"
export ORIGINTLS_RETRY_DAYS=0

echo "-- an upgrade waits while a freeze window is open, and while all is stopped"
scan 0 identical --freeze 2000-01-01T00:00:00Z/2999-01-01T00:00:00Z
[ "$(jq -c '[.decision.action, .hostnames[0].rollout.rule]' "$work/out")" = '["hold","frozen"]' ] || fail "$(cut -c 1-900 "$work/out")"
state .state '"waiting"'
: >"$work/empty.ndjson"
run 0 "${d[@]}" upgrade observe "$work/empty.ndjson" --stop
state .state '"waiting"'
ORIGINTLS_STOP=true run 0 "${d[@]}" upgrade observe "$work/empty.ndjson"
state .state '"waiting"'
printf 'stop = true\n' >"$work/stop.conf"
run 0 "${d[@]}" --config "$work/stop.conf" upgrade observe "$work/empty.ndjson"
state .state '"waiting"'
run 0 "${d[@]}" upgrade observe "$work/empty.ndjson"
state .state '"ramping"'
run 0 "${d[@]}" upgrade rollback "$zone"

echo "-- a run of the fleet starts it when its time has come, though no zone is due"
scan 0 identical --stop
state .state '"waiting"'
run 0 "${d[@]}" upgrade list
run 0 "${d[@]}" upgrade export
state .state '"waiting"'
run 0 "${d[@]}" fleet run --stop
state .state '"waiting"'
run 0 "${d[@]}" fleet run
state '[.state, .rule]' '["ramping","started"]'
run 0 "${d[@]}" upgrade rollback "$zone"

echo "-- a ceiling below today's mode"
scan 0 identical --dry-run --mode full_strict --ceiling full
[ "$(jq -c '[.decision.action, .decision.rule]' "$work/out")" = '["none","above_ceiling"]' ] || fail "$(jq -c .decision "$work/out")"
grep -q -e '--ceiling full is below --mode full_strict' "$work/err" || fail "nothing was said: $(cat "$work/err")"

echo "-- from full to full_strict no request changes: pairs and agreeing scans do not count"
scan 0 identical --mode full --agreeing-scans 5 --upgrade-pairs 1000
[ "$(jq -c '[.hostnames[0].rollout | .from, .to, .state]' "$work/out")" = '["full","full_strict","ramping"]' ] || fail "$(cut -c 1-900 "$work/out")"
run 0 "${d[@]}" upgrade rollback "$zone"
scan 0 identical --dry-run
[ "$(jq -r '.hostnames[0].current_mode' "$work/out")" = full ] || fail "what was in use before the rollback is not today's mode"
scan 0 identical --mode flexible --upgrade-pairs 1000
[ "$(jq -c '[.decision.action, .hostnames[0].rollout.state]' "$work/out")" = '["hold","rolled_back"]' ] || fail "$(cut -c 1-900 "$work/out")"
grep -q 'asks for 1000 usable pairs' "$work/out" || fail "no reason: $(cut -c 1-900 "$work/out")"

echo "-- a file that cannot be"
refused 2 'nowhere.ndjson' "${d[@]}" upgrade observe "$work/nowhere.ndjson"
printf '{"zone":"%s","hostn' "$zone" >"$work/cut.ndjson"
refused 2 'cut.ndjson:1: no JSON' "${d[@]}" upgrade observe "$work/cut.ndjson"

echo "-- the ledger"
run 0 "${d[@]}" ledger replay
run 0 "${d[@]}" ledger verify --format json
head=$(jq -r .head "$work/out")
run 0 "${d[@]}" ledger verify --head "$head"
run 4 "${d[@]}" ledger verify --head 0123
! sqlite3 "$db" "DELETE FROM ledger WHERE id = 3" 2>"$work/err" || fail "a row of the ledger was deleted"
grep -q 'append-only' "$work/err" || fail "$(cat "$work/err")"
sqlite3 "$db" "DROP TRIGGER ledger_is_not_changed; UPDATE ledger SET body = replace(body, 'hold', 'HOLD') WHERE id = 3"
run 4 "${d[@]}" ledger verify
grep -q 'row 3: the row is not what was written' "$work/out" || fail "$(cat "$work/out")"
stop_lab
conclude
