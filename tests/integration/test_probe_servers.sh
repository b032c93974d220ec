#!/bin/bash
# `probe` and `scan` against real servers, each with a configuration of its own in tests/integration/tls/, held to the
# table expected.txt there.
#
# Usage: test_probe_servers.sh ORIGINTLS
set -euo pipefail

origintls=$1
configs=$(cd "$(dirname "${BASH_SOURCE[0]}")/tls" && pwd)
hostname=www.example.test

for command in nginx apache2 lighttpd haproxy stunnel4 openssl jq; do
    PATH=$PATH:/usr/sbin command -v "$command" >/dev/null ||
        { echo "$command is not installed: scripts/install-dependencies test" >&2; exit 1; }
done
PATH=$PATH:/usr/sbin

work=$(mktemp -d)
server=
stop_server() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
    server=
}
trap 'stop_server; rm -rf "$work"' EXIT

# A loopback address of this run alone.
address=127.$((128 + $$ / 64516 % 64)).$((1 + $$ / 254 % 254)).$((1 + $$ % 254))

make_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=Private root" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$work/root.key" -out "$work/root.crt"
    local kind
    for kind in ec rsa client; do
        case $kind in
        rsa) set -- -newkey rsa:2048 ;;
        *) set -- -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 ;;
        esac
        openssl req "$@" -nodes -subj "/CN=$kind" -keyout "$work/$kind.key" -out "$work/$kind.csr"
        printf 'subjectAltName=DNS:%s\nbasicConstraints=critical,CA:FALSE\n' "$hostname" >"$work/$kind.ext"
        openssl x509 -req -in "$work/$kind.csr" -CA "$work/root.crt" -CAkey "$work/root.key" -CAcreateserial -days 60 \
            -extfile "$work/$kind.ext" -out "$work/$kind.crt"
        cat "$work/$kind.crt" "$work/root.crt" >"$work/$kind.pem"
    done
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=foreign" \
        -keyout "$work/foreign.key" -out "$work/foreign.crt"
    cp "$work/root.crt" "$work/root.pem"
    cat "$work/rsa.pem" "$work/rsa.key" >"$work/rsa.both.pem"
    : >"$work/index.txt"
    openssl ocsp -issuer "$work/root.crt" -cert "$work/ec.crt" -reqout "$work/ocsp.req"
    local serial
    serial=$(openssl x509 -in "$work/ec.crt" -noout -serial)
    printf 'V\t%s\t\t%s\tunknown\t/CN=ec\n' "$(date -u -d '+60 days' +%y%m%d%H%M%SZ)" "${serial#serial=}" \
        >"$work/index.txt"
    openssl ocsp -index "$work/index.txt" -rsigner "$work/root.crt" -rkey "$work/root.key" -CA "$work/root.crt" \
        -reqin "$work/ocsp.req" -respout "$work/ocsp.der" -ndays 7
}

start_server() {
    local name=$1 config=$work/$1.conf
    [ ! -e "$configs/$name.conf" ] || sed "s|@DIR@|$work|g; s|@ADDRESS@|$address|g" "$configs/$name.conf" >"$config"
    set -- s_server -accept "$address:8443" -www -cert_chain "$work/root.crt"
    case $name in
    nginx_*) exec nginx -p "$work" -c "$config" ;;
    apache_*) exec apache2 -X -d "$work" -f "$config" ;;
    lighttpd_*) exec lighttpd -D -f "$config" ;;
    haproxy_*) exec haproxy -db -f "$config" ;;
    stunnel_*) exec stunnel4 "$config" ;;
    s_server_tls10) exec openssl "$@" -cert "$work/rsa.crt" -key "$work/rsa.key" -tls1 -cipher AES128-SHA:@SECLEVEL=0 ;;
    s_server_p521) exec openssl "$@" -cert "$work/ec.crt" -key "$work/ec.key" -tls1_3 -groups P-521 -status_file "$work/ocsp.der" ;;
    s_server_ccm) exec openssl "$@" -cert "$work/ec.crt" -key "$work/ec.key" -tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256 ;;
    s_server_ecdsa) exec openssl "$@" -cert "$work/ec.crt" -key "$work/ec.key" -tls1_2 -no_cache -groups X25519:P-521:P-256 ;;
    s_server_h2_alone) exec openssl "$@" -cert "$work/ec.crt" -key "$work/ec.key" -alpn h2 ;;
    s_server_imap) exec openssl "$@" -cert "$work/ec.crt" -key "$work/ec.key" -alpn imap ;;
    s_server_tls11) exec openssl "$@" -cert "$work/rsa.crt" -key "$work/rsa.key" -tls1_1 -cipher ALL:@SECLEVEL=0 ;;
    s_server_two_keys) exec openssl "$@" -cert "$work/rsa.crt" -key "$work/rsa.key" -dcert "$work/ec.crt" \
        -dkey "$work/ec.key" -num_tickets 0 ;;
    s_server_dhe) exec openssl "$@" -cert "$work/rsa.crt" -key "$work/rsa.key" -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 ;;
    *) echo "nobody knows how to start $name"; exit 1 ;;
    esac >"$work/server.log" 2>&1 </dev/null &
    server=$!
    local tries
    for tries in $(seq 100); do
        (exec 3<>"/dev/tcp/$address/8443") 2>/dev/null && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    echo "$name does not start:" >&2
    cat "$work/server.log" "$work/error.log" >&2 || true
    exit 1
}

probe() {
    local status=0
    "$origintls" probe --all --rate 500 --address "$address" --ca-only "$work/root.pem" "$@" --format json \
        "$hostname:8443" >"$work/result.json" 2>"$work/stderr" || status=$?
    [ ! -s "$work/stderr" ] || { cat "$work/stderr" >&2; return 1; }
    [ "$status" = 0 ] || [ "$status" = 4 ]
}

checks=0
faults=0
check() {
    local name=$1 key=$2 expected=$3 found
    found=$(jq -c ".tls.$key" "$work/result.json")
    checks=$((checks + 1))
    [ "$found" = "$expected" ] && return
    echo "$name: $key is $found, expected $expected" >&2
    jq -c .tls.refusals "$work/result.json" >&2
    faults=$((faults + 1))
}

# Every promise about how much is asked.
check_cost() {
    local name=$1
    checks=$((checks + 1))
    jq -e '.cost.handshakes <= 8 and .cost.hellos <= 24' "$work/result.json" >/dev/null && return
    echo "$name: more was asked than promised: $(jq -c .cost "$work/result.json")" >&2
    faults=$((faults + 1))
}

# The same facts without asking for more than a scan may: what it did not ask is null, and nothing is missing.
scan() {
    local status=0
    "$origintls" --db "$work/scan.db" scan example.test --origin "$hostname=$address:1:8443" --dry-run --pairs 1 --min-pairs 1 --rate 500 \
        --timeout 5 --ca-only "$work/root.pem" --format json >"$work/scan.json" 2>"$work/stderr" || status=$?
    [ "$status" = 0 ] || [ "$status" = 3 ] || { cat "$work/stderr" >&2; return 1; }
    # The handshakes for content begin with a hello, too.
    jq -e '.cost.hellos <= 24 + .cost.requests' "$work/scan.json" >/dev/null
    jq '{tls: .hostnames[0].origins[0].tls}' "$work/scan.json" >"$work/scan.tls.json"
}

check_scan() {
    local name=$1 key=$2 expected=$3 found
    found=$(jq -c ".tls.$key" "$work/scan.tls.json")
    case $key in
    # TLS 1.2 is resumed by `probe --all` alone.
    resumption*) found=$(jq -c --argjson all "$expected" ".tls.$key |
        if type == \"object\" then to_entries | map(if .value == null then .value = \$all[.key] else . end) | from_entries
        elif . == null then \$all else . end" "$work/scan.tls.json") ;;
    esac
    checks=$((checks + 1))
    [ "$found" = "$expected" ] && return
    echo "$name in a scan: $key is $found, expected $expected" >&2
    jq -c .tls.refusals "$work/scan.tls.json" >&2
    faults=$((faults + 1))
}

check_keys() {
    local name=$1
    checks=$((checks + 1))
    [ "$(jq -c '.tls | keys' "$work/scan.tls.json")" = "$(jq -c '.tls | keys' "$work/result.json")" ] && return
    echo "$name: scan and probe differ in their keys" >&2
    faults=$((faults + 1))
}

make_certificates 2>"$work/openssl.log" >&2 || { cat "$work/openssl.log" >&2; exit 1; }
mkdir "$work/htdocs"
echo hello >"$work/htdocs/index.html"

for name in $(sed 's/#.*//' "$configs/expected.txt" | awk 'NF { print $1 }' | uniq); do
    start_server "$name"
    probe || { echo "$name: probe failed" >&2; exit 1; }
    while read -r server_name key expected; do
        [ "$server_name" != "$name" ] || check "$name" "$key" "$expected"
    done < <(sed 's/^#.*//' "$configs/expected.txt")
    check_cost "$name"
    # It chooses HTTP/2 and cannot speak it, so there is no content to scan.
    if [ "$name" != s_server_h2_alone ]; then
        scan || { echo "$name: scan failed" >&2; exit 1; }
        while read -r server_name key expected; do
            [ "$server_name" != "$name" ] || check_scan "$name" "$key" "$expected"
        done < <(sed 's/^#.*//' "$configs/expected.txt")
        check_keys "$name"
    fi
    case $name in
    *_client_required | *_client_optional)
        probe --client-cert "$work/client.crt" --client-key "$work/client.key"
        check "$name with a certificate" client_certificate_accepted true
        check "$name with a certificate" session_resumption true
        check_cost "$name with a certificate"
        probe --client-cert "$work/foreign.crt" --client-key "$work/foreign.key"
        check "$name with a foreign certificate" client_certificate_accepted false
        check_cost "$name with a foreign certificate"
        ;;
    esac
    stop_server
    rm -f "$work/error.log"
done

echo "$checks checks of real servers, $faults faults"
[ "$faults" = 0 ]
