#!/bin/bash
# A rollout with a real nginx as the edge, in front of an origin of the lab: the edge does what `upgrade export` says,
# its log becomes observations, and `upgrade observe` decides.
#
# Usage: test_rollout_edge.sh ORIGINTLS ORIGINTLS_LAB CASE, where CASE is commits or rolls_back
set -euo pipefail

program=$1
lab=$2
case=$3
hostname=identical.lab.test
address=127.77.1.1
# Ports of this run alone: other tests use the same addresses.
base=$((20000 + $$ % 3000 * 4))
origin_http=$base
origin_https=$((base + 1))
edge_http=$((base + 2))
edge_https=$((base + 3))
work=$(mktemp -d)
edge_pid=
lab_pid=

fail() {
    echo "FAILED ($case): $*" >&2
    for file in "$work"/stderr "$work"/edge/error.log "$work"/edge/access.log; do
        [ ! -s "$file" ] || { echo "--- $file" >&2; tail -n 15 "$file" >&2; }
    done
    exit 1
}

stop() {
    local pid=$1
    [ -z "$pid" ] || { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
}
finish() {
    stop "$edge_pid"
    stop "$lab_pid"
    rm -rf "$work"
}
trap finish EXIT

for tool in nginx haproxy curl jq openssl; do
    command -v $tool >/dev/null || { echo "$tool is not installed: scripts/install-dependencies test" >&2; exit 1; }
done

origintls() {
    "$program" --db "$work/test.db" --no-progress "$@" 2>"$work/stderr"
}

# start_origin SITE: the lab serves it, for whatever hostname, at the address and ports of this test.
start_origin() {
    stop "$lab_pid"
    : >"$work/origin"
    "$lab" --only "$1" --http-port $origin_http --https-port $origin_https --ca-file "$work/ca.pem" --seconds 100 \
        --ignore-stdin >"$work/origin" &
    lab_pid=$!
    for _ in $(seq 100); do
        ! grep -q "\"address\":\"$address\"" "$work/origin" || return 0
        sleep 0.05
    done
    fail "the lab does not serve $1 at $address"
}

# A test has no days: a step takes a second, and goes by time.
policy=(--step-seconds 1 --warm-up-seconds 0 --warm-up-requests 0 --step-requests 0 --horizon-seconds 11)

rollout() {
    origintls upgrade list --format ndjson | jq -r "$1"
}

write_snippet() {
    origintls upgrade export --format nginx --ca-file "$work/ca.pem" >"$work/edge/origintls.conf" || fail "export"
    nginx -t -p "$work/edge" -c nginx.conf >"$work/nginx.out" 2>&1 || fail "nginx -t: $(cat "$work/nginx.out")"
}

start_edge() {
    mkdir -p "$work/edge/origintls.d/$hostname"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$hostname" \
        -keyout "$work/edge/key.pem" -out "$work/edge/certificate.pem" 2>"$work/openssl.log"
    cat >"$work/edge/origintls.d/$hostname/edge.conf" <<END
listen 127.0.0.1:$edge_http;
listen 127.0.0.1:$edge_https ssl;
ssl_certificate $work/edge/certificate.pem;
ssl_certificate_key $work/edge/key.pem;
set_real_ip_from 127.0.0.0/8;
real_ip_header X-Visitor;
END
    cat >"$work/edge/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $work/edge/nginx.pid;
error_log $work/edge/error.log;
events { worker_connections 256; }
http {
    client_body_temp_path $work/edge/body;
    proxy_temp_path $work/edge/proxy;
    fastcgi_temp_path $work/edge/fastcgi;
    uwsgi_temp_path $work/edge/uwsgi;
    scgi_temp_path $work/edge/scgi;
    log_format edge escape=json '{"candidate":"\$origintls_candidate","connect":"\$upstream_connect_time",'
        '"status":\$status,"visitor":"\$remote_addr","scheme":"\$scheme"}';
    access_log $work/edge/access.log edge;
    include $work/edge/origintls.conf;
}
END
    chmod -R a+rX "$work"
    write_snippet
    nginx -p "$work/edge" -c nginx.conf 2>>"$work/edge/error.log" &
    edge_pid=$!
    for _ in $(seq 100); do
        [ ! -s "$work/edge/nginx.pid" ] || return 0
        sleep 0.05
    done
    fail "the edge did not start"
}

# A reload is over when the old worker is gone.
reload_edge() {
    local old
    write_snippet
    old=$(pgrep -P "$edge_pid" | head -n 1)
    kill -HUP "$edge_pid"
    for _ in $(seq 100); do
        [ "$(pgrep -P "$edge_pid" | head -n 1)" = "$old" ] || break
        sleep 0.02
    done
}

# send_visitors N: N visitors with an address each, one request for a page and one for the API.
send_visitors() {
    local i path
    for i in $(seq "$1"); do
        for path in "/" "/api/v1/items/$((i % 6 + 1)).json"; do
            printf 'next\nurl = "https://%s:%s%s"\nheader = "X-Visitor: 10.%d.%d.%d"\noutput = "/dev/null"\n' \
                "$hostname" "$edge_https" "$path" $((i / 250)) $((i % 250)) $((i * 7 % 250))
            printf 'insecure\nsilent\nresolve = "%s:%s:127.0.0.1"\n' "$hostname" "$edge_https"
        done
    done | tail -n +2 >"$work/visitors"
    curl -K "$work/visitors" || fail "curl: exit $?"
}

# observation START END: what the edge logged since the last time, as one object.
observation() {
    jq -c -s --arg zone "$hostname" --arg start "$1" --arg until "$2" --argjson percent "$(rollout .percent)" \
        --arg from "$(rollout .from)" --arg to "$(rollout .to)" '
        def arm(which): [.[] | select(.candidate == which)] | {
            requests: length, tls_errors: 0,
            connect_errors: map(select(.connect == "-" and .status >= 500)) | length,
            http_5xx: map(select(.connect != "-" and .status >= 500)) | length,
            http_4xx: map(select(.status >= 400 and .status < 500)) | length };
        { zone: $zone, hostname: $zone, from: $from, to: $to, percent: $percent, start: $start, "end": $until,
          candidate: arm("1"), control: arm("0") }' "$work/edge/step.log"
}

# One step: the edge takes the present share, visitors come, and what they met is observed.
step() {
    local before start end
    reload_edge
    before=$(wc -l <"$work/edge/access.log" 2>/dev/null || echo 0)
    start=$(rollout .step_since)
    send_visitors "$1"
    sleep 1.1
    end=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    tail -n +$((before + 1)) "$work/edge/access.log" >"$work/edge/step.log"
    [ "$(wc -l <"$work/edge/step.log")" -eq $((2 * $1)) ] || fail "the edge logged $(wc -l <"$work/edge/step.log") requests"
    observation "$start" "$end" >"$work/observation"
    cat "$work/observation" >>"$work/observations"
    origintls upgrade observe "$work/observation" "${policy[@]}" --format ndjson >"$work/observed" ||
        fail "observe: $(cat "$work/stderr")"
}

check_other_edges() {
    origintls upgrade export --format haproxy --ca-file "$work/ca.pem" >"$work/backends.cfg"
    {
        printf 'defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n'
        printf 'frontend edge\n    bind 127.0.0.1:%s\n' "$edge_http"
        sed -n "s|^#   |    |p" "$work/backends.cfg" | sed "s|/etc/haproxy/origintls.map|$work/origintls.map|"
        cat "$work/backends.cfg"
    } >"$work/haproxy.cfg"
    origintls upgrade export --format haproxy-map >"$work/origintls.map"
    [ "$(cat "$work/origintls.map")" = "$hostname 1" ] || fail "the map holds $(cat "$work/origintls.map")"
    haproxy -c -f "$work/haproxy.cfg" >"$work/haproxy.out" 2>&1 || fail "haproxy -c: $(cat "$work/haproxy.out")"
    [ "$(origintls upgrade export --format cloudflare | jq -r '.[0].config_rules[0].action_parameters.ssl')" = flexible ] ||
        fail "a share of visitors is no rule for all"
}

run_scan() {
    origintls scan "$hostname" --ca-file "$work/ca.pem" --rate 1000 --format json "${policy[@]}" "$@" >"$work/scan.json" ||
        fail "scan: $(cat "$work/stderr")"
}

start_origin identical
run_scan --origin "$hostname=$address:$origin_http:$origin_https" --ceiling "$([ "$case" = commits ] && echo full_strict || echo full)"
[ "$(rollout '.state + " " + (.percent | tostring)')" = "ramping 1" ] || fail "the rollout does not start"
check_other_edges
start_edge

if [ "$case" = commits ]; then
    shares=
    for _ in $(seq 15); do
        shares="$shares $(rollout .percent)"
        step 40
        [ "$(rollout .state)" = ramping ] || break
    done
    [ "$(rollout .state)" = committed ] || fail "the rollout is $(rollout .state): $(rollout .reason)"
    [ "$shares" = " 1 10 20 30 40 50 60 70 80 90 100" ] || fail "the steps were$shares"
    [ "$(jq -s 'map(.candidate.requests) | .[10]' "$work/observations")" = 80 ] || fail "not all visitors have the new mode"
    [ "$(origintls upgrade export | jq -c '[.mode, .percent, .otherwise]')" = '["full_strict",100,null]' ] || fail "export"
    origintls upgrade observe "$work/observation" "${policy[@]}" >/dev/null || fail "an observation that was seen before"
    run_scan --origin "$hostname=$address:$origin_http:$origin_https"
    [ "$(jq -r .current_mode "$work/scan.json")" = full_strict ] || fail "the committed mode is not today's"
    [ "$(rollout .state)" = committed ] || fail "a second scan changed a committed rollout"
    # Nothing but a person takes a commit back; later scans do not start it again at once.
    origintls upgrade rollback "$hostname" >/dev/null || fail "rollback of a commit"
    [ "$(origintls upgrade export | jq -c '[.state, .mode, .percent, .otherwise]')" = '["rolled_back","flexible",100,null]' ] ||
        fail "export after the rollback"
    write_snippet
    run_scan --origin "$hostname=$address:$origin_http:$origin_https"
    [ "$(jq -c '[.current_mode, .decision.action, .decision.rule]' "$work/scan.json")" = '["flexible","hold","ended_before"]' ] ||
        fail "after the rollback: $(jq -c '[.current_mode, .decision]' "$work/scan.json")"
    [ "$(rollout .state)" = proposed ] || fail "the upgrade is not proposed again: $(rollout .state)"
else
    # After the scan, the API breaks over https, and over https alone.
    start_origin api-failing
    for _ in $(seq 15); do
        step 60
        [ "$(rollout .state)" = ramping ] || break
    done
    [ "$(rollout .state)" = rolled_back ] || fail "the rollout is $(rollout .state): $(rollout .reason)"
    case $(rollout .rule) in
    failed_outright | worse_than_control) ;;
    *) fail "rolled back for another reason: $(rollout .reason)" ;;
    esac
    [ "$(jq -s 'map(.control.http_5xx) | add' "$work/observations")" = 0 ] || fail "visitors with the old mode met errors"
    reload_edge
    : >"$work/edge/access.log"
    kill -USR1 "$edge_pid"
    sleep 0.2
    send_visitors 30
    sleep 0.2
    ! grep -q '"candidate":"1"' "$work/edge/access.log" || fail "a visitor still gets the new mode"
    ! grep -qE '"status":5' "$work/edge/access.log" || fail "a visitor still meets an error"
fi
origintls ledger verify >"$work/verified" || fail "the ledger: $(cat "$work/verified")"
origintls ledger replay >"$work/replayed" || fail "the replay: $(cat "$work/replayed")"
echo "$case: as expected; $(rollout .reason)" >&2
