#!/bin/bash
# The whole program against a real nginx that serves a real site of over a thousand pages.
#
# Usage: test_nginx.sh ORIGINTLS CASE, where CASE is valid, self_signed, default_page or closed
set -euo pipefail

origintls=$1
case=$2
config=$(cd "$(dirname "${BASH_SOURCE[0]}")/nginx" && pwd)
hostname=docs.example.test
user_agent=Cloudflare-SSLDetector
pairs=60
# Both exchanges of each pair, pages that are fetched for their links, robots.txt and sitemaps, both ports asked twice;
# and once more for each pair that has to be confirmed.
budget=$((2 * pairs + 40 + 10 + 4))
confirmed_budget=$((budget + 2 * pairs))

fail() {
    echo "FAILED ($case): $*" >&2
    for file in "$work"/result.json "$work"/stderr "$work"/conf/logs/error.log; do
        [ ! -s "$file" ] || { echo "--- $file" >&2; head -c 6000 "$file" >&2; echo >&2; }
    done
    exit 1
}

need() {
    command -v "$1" >/dev/null || { echo "$1 is not installed: scripts/install-dependencies test" >&2; exit 1; }
}

need nginx
need jq
need openssl
files=$(dpkg -L postgresql-doc-15 2>/dev/null || true)
site=$(grep -m 1 '/html/index\.html$' <<<"$files") ||
    { echo "postgresql-doc-15 is not installed: scripts/install-dependencies test" >&2; exit 1; }
site=$(dirname "$site")

work=$(mktemp -d)
nginx=
stop() {
    [ -z "$nginx" ] || { kill "$nginx" 2>/dev/null || true; wait "$nginx" 2>/dev/null || true; }
    rm -rf "$work"
}
trap stop EXIT

[ "$(find "$site" -name '*.html' | wc -l)" -gt 1000 ] || fail "$site holds fewer than 1,000 pages"

# A loopback address of this run alone, so that several runs do not meet.
address=127.$((64 + $$ / 64516 % 64)).$((1 + $$ / 254 % 254)).$((1 + $$ % 254))
http_port=8080
https_port=8443

make_certificates() {
    local names="subjectAltName=DNS:$hostname" days=90
    if [ "$case" = self_signed ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $days -subj "/CN=$hostname" \
            -addext "$names" -keyout "$work/conf/key.pem" -out "$work/conf/certificate.pem"
        cp "$work/conf/certificate.pem" "$work/root.pem"
        # Trusting some other root must not matter.
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $days -subj "/CN=Other root" \
            -keyout "$work/root.key" -out "$work/root.pem"
        return
    fi
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $days -subj "/CN=Private root" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$work/root.key" -out "$work/root.pem"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$hostname" \
        -keyout "$work/conf/key.pem" -out "$work/leaf.csr"
    printf '%s\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n' \
        "$names" >"$work/leaf.ext"
    openssl x509 -req -in "$work/leaf.csr" -CA "$work/root.pem" -CAkey "$work/root.key" -CAcreateserial \
        -days $days -extfile "$work/leaf.ext" -out "$work/conf/certificate.pem"
}

start_nginx() {
    local https
    case $case in
    valid | self_signed) https=https_same_site ;;
    default_page) https=https_default_page ;;
    closed) https=https_closed ;;
    *) fail "no such case" ;;
    esac
    mkdir -p "$work/conf/logs" "$work/conf/temp"
    ln -s "$site" "$work/conf/site"
    cp "$config/nginx.conf" "$work/conf/nginx.conf"
    cp "$config/$https.conf" "$work/conf/https.conf"
    echo "listen $address:$http_port;" >"$work/conf/listen_http.conf"
    echo "listen $address:$https_port ssl;" >"$work/conf/listen_https.conf"
    make_certificates 2>"$work/openssl.log" || fail "openssl: $(cat "$work/openssl.log")"
    # A worker that runs as another user must be able to read the prefix.
    chmod 755 "$work" "$work/conf"
    nginx -p "$work/conf/" -c "$work/conf/nginx.conf" 2>"$work/nginx.log" &
    nginx=$!
    for _ in $(seq 100); do
        [ ! -s "$work/conf/nginx.pid" ] || return 0
        kill -0 "$nginx" 2>/dev/null || fail "nginx: $(cat "$work/nginx.log")"
        sleep 0.05
    done
    fail "nginx did not start"
}

scan() {
    local status=0
    "$origintls" --db "$work/test.db" --no-progress scan "$hostname" \
        --origin "$hostname=$address:$http_port:$https_port" --ca-file "$work/root.pem" --pairs "$pairs" --seed 1 \
        --rate 500 --connections 8 --format json >"$work/result.json" 2>"$work/stderr" || status=$?
    [ "$status" = 0 ] || fail "exit code $status instead of 0"
}

# expect FILTER VALUE: what jq finds in the result.
expect() {
    local found
    found=$(jq -c "$1" "$work/result.json") || fail "$1: the output is no JSON"
    [ "$found" = "$2" ] || fail "$1 is $found instead of $2"
}

check_access_log() {
    local log=$work/conf/logs/access.log allowed=$1 count asked
    count=$(wc -l <"$log")
    asked=$(jq .cost.requests "$work/result.json")
    [ "$count" -gt 0 ] || fail "nginx was asked nothing"
    [ "$count" -le "$allowed" ] || fail "$count requests reached nginx, more than $allowed"
    [ "$count" -le "$asked" ] || fail "$count requests reached nginx, and the result admits to $asked"
    if grep -v '^GET|' "$log"; then fail "a request is no GET"; fi
    if grep -v "|$user_agent\$" "$log"; then fail "a request has another user agent"; fi
    if cut -d '|' -f 3 "$log" | grep -vx "$hostname"; then fail "a request names another host"; fi
}

start_nginx
scan
expect .zone "\"$hostname\""
expect .status '"complete"'
expect .current_mode '"flexible"'
expect '.hostnames | length' 1
expect '.hostnames[0].origins | length' 1
case $case in
valid)
    expect .recommended_mode '"full_strict"'
    expect .supported_mode '"full_strict"'
    expect .decision.action '"upgrade"'
    expect '.hostnames[0].safe_modes' '["flexible","full","full_strict"]'
    expect '.hostnames[0].origins[0].blockers' '[]'
    expect '.hostnames[0].origins[0].pairs.same' "$pairs"
    expect '.hostnames[0].origins[0].pairs.compared' "$pairs"
    expect '.confidence.upper_bound * 10000 | round' 487
    expect '.hostnames[0].origins[0].certificate.verdict' '"valid"'
    expect '.hostnames[0].origins[0].certificate.trust' '"custom"'
    check_access_log $budget
    ;;
self_signed)
    expect .recommended_mode '"full"'
    expect .decision.action '"upgrade"'
    expect '[.hostnames[0].origins[0].blockers[].code]' '["certificate_self_signed"]'
    expect '.hostnames[0].origins[0].pairs.same' "$pairs"
    expect '.hostnames[0].origins[0].certificate.verdict' '"self_signed"'
    check_access_log $budget
    ;;
default_page)
    expect .recommended_mode '"flexible"'
    expect .supported_mode '"flexible"'
    expect .decision.action '"none"'
    expect '[.hostnames[0].origins[0].blockers[] | select(.code == "content_differs") | .url] | index("/") != null' true
    expect '[.hostnames[0].origins[0].blockers[].rules_out] | unique' '["full"]'
    check_access_log $confirmed_budget
    ;;
closed)
    expect .recommended_mode '"flexible"'
    expect .supported_mode '"flexible"'
    expect .decision.action '"none"'
    expect '[.hostnames[0].origins[0].blockers[].code]' '["https_refused"]'
    expect '.hostnames[0].origins[0].blockers[0].rules_out_all' '["full","full_strict"]'
    check_access_log $budget
    ;;
esac
echo "$case: as expected, with $(wc -l <"$work/conf/logs/access.log") requests" >&2
