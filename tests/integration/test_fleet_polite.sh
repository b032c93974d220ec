#!/bin/bash
# Twelve zones on one address, two runs with two loops each: the lab counts the requests in any second.
# Usage: test_fleet_polite.sh ORIGINTLS ORIGINTLS_LAB
set -euo pipefail
origintls=$1
lab=$2
folder=$(mktemp -d)
database=$folder/fleet.db
rate=40
mkfifo "$folder/life"
"$lab" --only uniform --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
exec 3>"$folder/life"
trap 'exec 3>&-; wait; rm -rf "$folder"' EXIT
for _ in $(seq 100); do
    grep -q '"name":"canary"' "$folder/lab" && break
    sleep 0.1
done

value() { grep "\"record\":\"$1\",\"name\":\"uniform\"" "$folder/lab" | grep -o "\"$2\":\"\\?[0-9.]*" | grep -o '[0-9.]*$'; }
{
    echo "zone,hostname,address,http_port,https_port"
    for i in $(seq 12); do
        echo "z$i.example,www.z$i.example,$(value site address),$(value site http_port),$(value site https_port)"
    done
} >"$folder/fleet.csv"
"$origintls" --db "$database" fleet import "$folder/fleet.csv"
for _ in 1 2; do
    "$origintls" --db "$database" -q fleet run --loops 2 --rate $rate --connections 4 --pairs 10 &
    runs+=($!)
done
for run in "${runs[@]}"; do wait "$run"; done
exec 3>&-
wait
requests=$(value stats requests)
fastest=$(value stats max_requests_in_one_second)
trap 'rm -rf "$folder"' EXIT
echo "$requests requests, at most $fastest in a second, $(value stats max_concurrent) connections open at once"
[ "$requests" -gt 200 ] || { echo "too few requests to tell" >&2; exit 1; }
# In any second each run may begin one more, for a window counts both its ends, and a request that a busy machine sends
# a tenth of a second late falls among later ones.
[ "$fastest" -le $((rate + 2 + rate / 10)) ] || { echo "more than $rate requests in a second" >&2; exit 1; }
open=$(value stats max_concurrent)
[ "$open" -le 4 ] || { echo "$open connections open at once, 4 may be" >&2; exit 1; }
scanned=$(sqlite3 "$database" "SELECT count(DISTINCT zone) FROM scans")
[ "$scanned" = 12 ] || { echo "$scanned zones were scanned" >&2; exit 1; }
