#!/bin/bash
# Nothing arrives at an origin that has opted out: counted by the origins themselves, after a redirect, at a shared
# address, at a second scan, and during a rollout.
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

start_lab identical,noisy,apex-to-www,apex-to-www.www
d=(--db "$db")
scan=(--rate 1000 --pairs 12 --ca-file "$work/ca.pem" --format json)

# seen SITE FILTER: what its origin has seen up to now.
seen() {
    local before
    before=$(grep -c '"record":"stats"' "$work/sites" || true)
    kill -USR1 "$lab_pid"
    for _ in $(seq 100); do
        [ "$(grep -c '"record":"stats"' "$work/sites" || true)" -lt $((before + 5)) ] || break
        sleep 0.05
    done
    jq -c -s --arg name "$1" "[.[] | select(.record == \"stats\" and .name == \$name)] | last | $2" "$work/sites"
}

echo "-- a redirect leads to a hostname that has opted out"
run 0 "${d[@]}" optout add host:www.apex-to-www.lab.test --reason 'asked by mail'
run 3 "${d[@]}" scan apex-to-www.lab.test --origin "$(origin apex-to-www)" --origin "$(origin apex-to-www.www)" "${scan[@]}"
[ "$(jq -c '[.hostnames[] | select(.hostname == "www.apex-to-www.lab.test") | .status] | unique' "$work/out")" = '["opted_out"]' ] ||
    fail "www is not opted out"
[ "$(seen apex-to-www '.hosts | tostring | contains("www.apex")')" = false ] ||
    fail "the redirect was followed: $(seen apex-to-www .hosts)"

echo "-- an address has opted out, whoever is served there"
address=$(origin noisy | sed 's/.*=//; s/:.*//')
run 0 "${d[@]}" optout add "$address/32"
run 3 "${d[@]}" scan noisy.lab.test --origin "$(origin noisy)" "${scan[@]}"
run 3 "${d[@]}" scan other.example --origin "www.other.example=$(origin noisy | sed 's/.*=//')" "${scan[@]}"
[ "$(seen noisy .connections)" = 0 ] || fail "$(seen noisy .connections) connections reached an opted-out address"

echo "-- a zone opts out during its rollout"
run 0 "${d[@]}" scan identical.lab.test --origin "$(origin identical)" "${scan[@]}"
run 0 "${d[@]}" upgrade list --format ndjson
[ "$(jq -r .state "$work/out")" = ramping ] || fail "no rollout: $(cat "$work/out")"
since=$(jq -r .step_since "$work/out")
before=$(seen identical .connections)
[ "$before" -gt 0 ] || fail "the first scan asked nothing"
run 0 "${d[@]}" optout add identical.lab.test
run 0 "${d[@]}" upgrade list --format ndjson
[ "$(jq -c '[.state, .rule, .percent]' "$work/out")" = '["rolled_back","opted_out",0]' ] || fail "$(cat "$work/out")"
run 0 "${d[@]}" upgrade export
[ "$(jq -c '[.mode, .percent, .otherwise]' "$work/out")" = '["flexible",100,null]' ] || fail "$(cat "$work/out")"
run 0 "${d[@]}" report --zone identical.lab.test --format ndjson
[ "$(jq -c '[.status, .recommended_mode, .decision.action, .hostnames[0].status]' "$work/out")" = \
    '["opted_out",null,"none","opted_out"]' ] || fail "the report shows what was found before: $(cut -c 1-600 "$work/out")"
sleep 1.1
counts='{"requests":100,"tls_errors":0,"connect_errors":0,"http_5xx":0}'
printf '{"zone":"identical.lab.test","hostname":"identical.lab.test","from":"flexible","to":"full_strict","percent":1,"start":"%s","end":"%s","candidate":%s,"control":%s}\n' \
    "$since" "$(date -u -d "$since + 1 second" +%Y-%m-%dT%H:%M:%SZ)" "$counts" "$counts" >"$work/late.ndjson"
code=0
"$program" "${d[@]}" upgrade observe "$work/late.ndjson" >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 0 ] || [ "$code" = 2 ] || fail "a late observation: exit $code"
refused 2 'no rollout that approve could change' "${d[@]}" upgrade approve identical.lab.test
run 3 "${d[@]}" scan identical.lab.test --origin "$(origin identical)" "${scan[@]}"
run 0 "${d[@]}" upgrade list --format ndjson
[ "$(jq -r .state "$work/out")" = rolled_back ] || fail "it came back"
[ "$(seen identical .connections)" = "$before" ] || fail "an opted-out zone was asked again"

echo "-- a list that is malformed stops everything before the first packet"
printf 'a.test\nb.test expires=never\n' >"$work/bad.list"
asked=$(seen identical .connections)
refused 2 'bad.list:2' "${d[@]}" scan identical.lab.test --origin "$(origin identical)" --opt-out "$work/bad.list"
[ "$(seen identical .connections)" = "$asked" ] || fail "something was asked"

echo "-- all of it stands in the ledger"
run 0 "${d[@]}" ledger verify
run 0 "${d[@]}" ledger replay
run 0 "${d[@]}" ledger list --format ndjson
[ "$(jq -s 'map(select(.kind == "opt_out")) | length' "$work/out")" = 3 ] || fail "opt-outs are missing in the ledger"
stop_lab
conclude
