#!/bin/bash
# The guide of README.md and nothing else takes an operator from a scan to a committed upgrade, and back: its commands and
# its line of observations, in its order, with a zone of the lab in the place of example.com and weeks passing by --at.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/integration/cli_lab.sh
source "$here/cli_lab.sh"

start_lab identical
zone=identical.lab.test
mkdir "$work/bin" "$work/nginx"
ln -s "$(realpath "$program")" "$work/bin/origintls"
# The guide's nginx is the reader's own; test_rollout_edge.sh runs a real one.
printf '#!/bin/sh\nexit 0\n' >"$work/bin/nginx"
chmod +x "$work/bin/nginx"
export PATH="$work/bin:$PATH" ORIGINTLS_DB="$db" ORIGINTLS_CA_FILE="$work/ca.pem" ORIGINTLS_RATE=1000
cd "$work"

guide=$(sed -n '/^### From a scan to a committed upgrade, and back/,/^### Exit codes/p' "$here/../../README.md")
# guided PATTERN [N]: the guide's N-th command that matches, for this zone.
guided() {
    local line
    line=$(grep -E "^    origintls .*$1" <<<"$guide" | sed -n "${2:-1}p" | sed 's/^    //; s/ *#.*//')
    [ -n "$line" ] || fail "the guide has no command with $1"
    line=${line//--origin www.example.com=192.0.2.10/--origin $(origin identical)}
    line=${line//example.com/$zone}
    printf '%s' "${line//\/etc\/nginx/$work/nginx}"
}
follow() {
    bash -c "$(guided "$@")" >"$work/out" 2>"$work/err" || fail "$(guided "$@"): $(cat "$work/err")"
}
observation=$(sed -n '/^    {"zone"/,/^$/p' <<<"$guide" | jq -c .)
rollout() {
    origintls upgrade list --format ndjson | jq -r ".$1"
}

follow 'scan '
[ "$(rollout state)" = ramping ] || fail "the scan starts no rollout: $(cat "$work/out")"
now=$(date -u -d "$(rollout step_since)" +%s)
shares=
for _ in $(seq 40); do
    follow 'upgrade export'
    shares="$shares $(rollout percent)"
    end=$((now + 15 * 3600))
    jq -c --arg zone "$zone" --arg from "$(rollout from)" --arg to "$(rollout to)" --argjson percent "$(rollout percent)" \
        --arg start "$(date -u -d @$now +%FT%TZ)" --arg until "$(date -u -d @$end +%FT%TZ)" '
        .zone = $zone | .hostname = $zone | .from = $from | .to = $to | .percent = $percent | .start = $start | ."end" = $until |
        (.candidate.requests + .control.requests) as $all | .candidate.requests = ($all * $percent / 100 | round) |
        .control.requests = $all - .candidate.requests |
        if $percent == 100 then .control = (.control | map_values(0)) else . end |
        .candidate.http_5xx = (.candidate.requests * 0.003 | round)' <<<"$observation" >observations.ndjson
    now=$end
    ORIGINTLS_AT=$(date -u -d @$now +%FT%TZ) follow 'upgrade observe'
    follow 'upgrade list'
    [ "$(rollout state)" = ramping ] || break
done
[ "$(rollout state)" = committed ] || fail "the rollout is $(rollout state): $(rollout reason)"
[ "$(tr ' ' '\n' <<<"$shares" | uniq | xargs)" = "1 10 20 30 40 50 60 70 80 90 100" ] || fail "the steps were$shares"
follow 'upgrade export'
grep -q 'proxy_ssl_verify on' nginx/origintls.conf || fail "the edge is not told to verify: $(cat nginx/origintls.conf)"

ORIGINTLS_AT=$(date -u -d @$((now + 60)) +%FT%TZ) follow 'upgrade rollback'
[ "$(rollout state)" = rolled_back ] || fail "the rollout is $(rollout state)"
follow 'upgrade export' 2
! grep -q 'https://' nginx/origintls.conf || fail "the edge still asks over https: $(cat nginx/origintls.conf)"
run 0 ledger verify
run 0 ledger replay
stop_lab
conclude
