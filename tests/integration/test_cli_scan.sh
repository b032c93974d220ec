#!/bin/bash
# What a user does with the program, and what it answers: exit codes, data on standard output, opt-outs, signals.
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

start_lab identical,expired,https-closed,blocks-our-agent,two-strengths.www,two-strengths.old,two-addresses.good,two-addresses.bad,client-certificate,uniform,small,noisy,half-down.up,half-down.down

# scan EXPECTED_CODE SITE OPTION...: JSON in $work/out.
scan() {
    local expected=$1 name=$2 zone
    shift 2
    zone=$(jq -r --arg name "$name" 'select(.record == "site" and .name == $name) | .zone' "$work/sites")
    run "$expected" scan "$zone" --db "$db" --format json --rate 500 --connections 8 --origin "$(origin "$name")" "$@"
}

# holds FILTER: what jq says of $work/out.
holds() {
    jq -e "$1" "$work/out" >/dev/null || fail "not so: $1"
}

trusted=(--ca-file "$work/ca.pem")

echo "-- verdicts and exit codes"
scan 0 identical "${trusted[@]}"
holds '.recommended_mode == "full_strict" and .decision.action == "upgrade" and .confidence.pairs == 60'
holds '.trust == ["system", "origin_ca", "custom"] and .schema_version == 1'
[ ! -s "$work/err" ] || fail "something on standard error: $(cat "$work/err")"
scan 0 identical "${trusted[@]}" --require full_strict
scan 4 identical "${trusted[@]}" --require strict
holds '.recommended_mode == "full_strict"'
scan 0 identical
holds '.recommended_mode == "full" and ([.hostnames[].origins[].blockers[].code] == ["certificate_untrusted"])'
scan 0 identical --ca-only "$work/ca.pem" --trust system
holds '.recommended_mode == "full_strict" and .trust == ["custom"]'
scan 0 identical "${trusted[@]}" --at 2045-01-01T00:00:00Z
holds '.recommended_mode == "full" and .hostnames[0].origins[0].certificate.verdict == "expired"'
scan 0 identical "${trusted[@]}" --ceiling full
holds '.recommended_mode == "full" and .ceiling == "full"'
scan 0 identical "${trusted[@]}" --setting custom
holds '.decision.action == "hold" and .recommended_mode == "full_strict"'
scan 0 identical "${trusted[@]}" --mode full
holds '.current_mode == "full" and .recommended_mode == "full_strict" and .confidence.pairs == 0'
scan 0 https-closed "${trusted[@]}"
holds '.recommended_mode == "flexible" and .decision.action == "none"'
scan 4 https-closed "${trusted[@]}" --require full
scan 3 blocks-our-agent "${trusted[@]}"
holds '.status == "incomplete" and .incomplete_reason == "blocked" and .recommended_mode == null'
scan 3 blocks-our-agent "${trusted[@]}" --require full
scan 0 blocks-our-agent "${trusted[@]}" --user-agent Somebody-Else
holds '.status == "complete"'

echo "-- overrides, headers, pins, client certificates"
spki=$(openssl s_client -connect "$(origin identical | cut -d= -f2 | awk -F: '{ print $1 ":" $3 }')" -servername identical.lab.test \
    </dev/null 2>/dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
scan 0 identical --pin "identical.lab.test=sha256/$spki"
holds '.recommended_mode == "full_strict" and .hostnames[0].origins[0].certificate.trust == "pinned"'
scan 0 identical "${trusted[@]}" --pin "identical.lab.test=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
holds '.recommended_mode == "full" and .hostnames[0].origins[0].certificate.verdict == "pin_mismatch"'
scan 0 client-certificate "${trusted[@]}"
holds '[.hostnames[].origins[].blockers[].code] | index("client_certificate_required") != null'
scan 0 client-certificate "${trusted[@]}" --client-cert "$work/client.pem" --client-key "$work/client.pem"
holds '.recommended_mode == "full_strict"'
scan 0 noisy "${trusted[@]}" --pairs 12 --header 'X-Edge: yes' --host-header noisy.lab.test=noisy.lab.test -vv
if grep -q 'X-Edge: yes' "$work/err"; then fail "a header was logged"; fi

echo "-- several hostnames and addresses"
run 0 --db "$db" scan two-strengths.lab.test --format json --rate 500 "${trusted[@]}" \
    --origin "$(origin two-strengths.www)" --origin "$(origin two-strengths.old)"
holds '(.hostnames | length) == 2 and ([.hostnames[].recommended_mode] | sort) == ["flexible", "full_strict"]'
run 0 --db "$db" scan two-addresses.lab.test --format json --rate 500 "${trusted[@]}" \
    --origin "$(origin two-addresses.good)" --origin "$(origin two-addresses.bad)"
holds '(.hostnames[0].origins | length) == 2 and .recommended_mode == "full"'

echo "-- what is written, and what is not"
scans() { sqlite3 "$db" 'select count(*) from scans'; }
before=$(scans)
scan 0 identical "${trusted[@]}" --pairs 12 --dry-run
[ "$(scans)" -eq "$before" ] || fail "a dry run was written"
scan 0 identical "${trusted[@]}" --pairs 12
[ "$(scans)" -eq $((before + 1)) ] || fail "a scan was not written"
run 0 scan identical.lab.test --origin "$(origin identical)" --rate 500 "${trusted[@]}" --pairs 12 --dry-run
[ ! -e "$work/state" ] || fail "a dry run made a database"
run 0 scan identical.lab.test --origin "$(origin identical)" --rate 500 "${trusted[@]}" --pairs 12
[ -s "$work/state/origintls/origintls.db" ] || fail "the database is not at its default place"
[ "$(stat -c %a "$work/state/origintls")" = 700 ] || fail "the database's folder is open to others"
run 0 report --format ndjson
[ "$(jq -s length "$work/out")" = 1 ] || fail "report ndjson"
run 0 --db "$db" report --format json
jq -e . "$work/out" >/dev/null || fail "report json"
run 0 --db "$db" report --zone https-closed.lab.test --zone identical.lab.test --format ndjson
[ "$(jq -r .zone "$work/out" | tr '\n' ' ')" = 'https-closed.lab.test identical.lab.test ' ] || fail "report --zone"
refused 2 'was never scanned' --db "$db" report --zone unknown.test
run 0 --db "$db" explain two-strengths.lab.test
grep -q old.two-strengths.lab.test "$work/out" || fail "explain leaves a hostname out"
run 0 --db "$db" explain two-strengths.lab.test WWW.two-strengths.lab.test
if grep -q old.two-strengths.lab.test "$work/out"; then fail "explain shows more than was asked"; fi
refused 2 'was not in the last scan' --db "$db" explain two-strengths.lab.test x.two-strengths.lab.test
refused 2 'was never scanned' --db "$db" explain unknown.test

echo "-- opt-outs: nothing arrives"
printf 'uniform.lab.test reason="asked by mail"\n' >"$work/zone.list"
printf 'host:small.lab.test\n' >"$work/host.list"
printf '%s/32 expires=2999-12-31\n' "$(origin expired | sed 's/.*=//; s/:.*//')" >"$work/address.list"
printf 'noisy.lab.test expires=2020-01-01\n' >"$work/old.list"
scan 3 uniform "${trusted[@]}" --opt-out "$work/zone.list"
holds '.status == "opted_out" and .recommended_mode == null and .cost.connections == 0'
scan 3 small "${trusted[@]}" --opt-out "$work/zone.list" --opt-out "$work/host.list"
holds '.status == "opted_out"'
scan 3 expired "${trusted[@]}" --opt-out "$work/address.list"
holds '.status == "opted_out"'
scan 0 noisy "${trusted[@]}" --pairs 12 --opt-out "$work/old.list"

echo "-- signals"
# interrupt SIGNAL CODE: stops a slow scan, which writes and prints what it has learnt.
interrupt() {
    local code=0
    before=$(scans)
    "$program" --db "$db" scan half-down.lab.test --origin "$(origin half-down.up)" --rate 2 "${trusted[@]}" \
        --format json >"$work/out" 2>"$work/err" &
    local pid=$!
    sleep 1.5
    kill "-$1" "$pid"
    wait "$pid" || code=$?
    [ "$code" -eq "$2" ] || fail "$1 gives exit code $code"
    holds '.incomplete_reason == "interrupted"'
    [ "$(scans)" -eq $((before + 1)) ] || fail "an interrupted scan was not written"
}
interrupt INT 130
interrupt TERM 143

echo "-- questions about files"
printf '<p>one two three four five six seven</p>\n' >"$work/a.html"
printf '<p>eight nine ten eleven twelve thirteen fourteen</p>\n' >"$work/b.html"
run 0 compare --format json "$work/a.html" "$work/a.html"
holds '.verdict == "same"'
run 4 compare --format json "$work/a.html" "$work/b.html"
holds '.verdict == "different"'
"$program" compare "$work/a.html" - <"$work/a.html" >"$work/out" || fail "compare from standard input"
printf '<base href=/x/><a href=y>y</a><a href=y#z>y</a><img srcset="//other.test/i.png 2x">' >"$work/links.html"
run 0 links --base http://A.test "$work/links.html"
[ "$(tr '\n' ' ' <"$work/out")" = 'http://a.test/x/y http://other.test/i.png ' ] || fail "links: $(cat "$work/out")"

echo "-- help and version"
for command in scan report explain cert compare links demo version help; do
    run 0 "$command" --help
    run 0 help "$command"
done
run 0 --version
grep -qE '^origintls [0-9]+\.[0-9]+\.[0-9]+$' "$work/out" || fail "the version: $(cat "$work/out")"

stop_lab
seen() { jq -s --arg name "$1" "[.[] | select(.record == \"stats\" and .name == \$name) | .$2] | add" "$work/sites"; }
for name in uniform small expired canary; do
    [ "$(seen "$name" connections)" = 0 ] || fail "$(seen "$name" connections) connections reached $name, which is opted out"
done
[ "$(jq -s '[.[] | select(.record == "stats") | .not_get + .state_changing] | add' "$work/sites")" = 0 ] || fail "no GET"
conclude
