#!/bin/bash
# Many zones of origins at their worst at once, and a few good ones among them: time, memory and descriptors are bounded,
# each zone is recorded once, and the good ones do not wait for the bad.
# Usage: test_fleet_hostile.sh ORIGINTLS ORIGINTLS_LAB [ZONES [all]]. `all` has the slow kinds too: about three minutes.
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"
lab=$2
zones=${3:-60}
kinds=huge-attribute,nul-bytes,deep-nesting,endless-body,gzip-bomb,many-headers,broken-chunks,cut-off
kinds+=,bad-status-line,no-answer,redirect-loop,random-pages,plain-on-https,tls-alert
[ "${4:-}" != all ] || kinds+=,claims-100-megabytes,slow-drip,resets-after-twenty,tls-stalls,https-hangs,https-silent
good=10

mkfifo "$folder/life"
"$lab" --only "$kinds,uniform" --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
exec 3>"$folder/life"
wait_for "the lab" grep -q '"name":"canary"' "$folder/lab"
addresses() { jq -r --arg which "$1" 'select(.record == "site" and .name != "canary" and (.name == "uniform") == ($which == "good")) | [.address, .http_port, .https_port] | join(",")' "$folder/lab"; }
mapfile -t bad < <(addresses bad)
{
    echo "zone,hostname,address,http_port,https_port"
    for i in $(seq "$zones"); do echo "bad$i.example,www.bad$i.example,${bad[i % ${#bad[@]}]}"; done
    for i in $(seq $good); do echo "good$i.example,www.good$i.example,$(addresses good)"; done
} >"$folder/fleet.csv"
"$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null

"$origintls" --db "$database" fleet run --loops 2 --zones-per-loop 110 --rate 100 --connections 8 --pairs 10 \
    --min-pairs 5 --timeout 3 >"$folder/out" 2>"$folder/err" 3>&- &
pid=$!
most_files=0
files=0
most_kb=0
while kill -0 $pid 2>/dev/null; do
    if [ -r "/proc/$pid/status" ]; then
        files=$(find "/proc/$pid/fd" -maxdepth 1 -type l 2>/dev/null | wc -l || true)
        [ "$files" -le "$most_files" ] || most_files=$files
        kb=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
        [ "${kb:-0}" -le "$most_kb" ] || most_kb=$kb
    fi
    sleep 0.2
done
code=0
wait $pid || code=$?
exec 3>&-
wait
expect_code 0 $code "$(cat "$folder/err")"
expect_each_once $((zones + good))
expect "good zones that were not complete" \
    "SELECT count(*) FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name LIKE 'good%' AND status = 'complete'" $good
last=$(sql "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY s.id) n, z.name FROM scans s JOIN zones z ON z.id = s.zone) WHERE name LIKE 'good%'")
# 0.6 MB for each zone in flight, and 64; a sanitizer's own memory is not counted.
if [ "$(nm "$origintls" 2>/dev/null | grep -c __asan_init)" = 0 ]; then
    [ "$most_kb" -le $((64 * 1024 + (zones + good) * 614)) ] || die "$most_kb kB"
fi
# Eight connections to each of the addresses, as many that are shut and that libcurl has yet to close, a probe, and what
# a loop needs.
[ "$most_files" -le $(((${#bad[@]} + 1) * 17 + 48)) ] || die "$most_files open files"
[ "$files" -le $((most_files / 2 + 24)) ] || die "$files files were open at the end, $most_files at most"
echo "$((zones + good)) zones: $(cat "$folder/out"); at most $most_kb kB, $most_files files, $files at the end; the last good zone was number $last"
