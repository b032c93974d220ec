#!/bin/bash
# Inventories as they should not be, and inventories that change while they are scanned; and that a run knows how much it
# has to do. Usage: test_fleet_inventory.sh ORIGINTLS ORIGINTLS_LAB
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

expect() { # SENTENCE QUERY VALUE
    local value
    value=$(sqlite3 "$db" "$2")
    [ "$value" = "$3" ] || fail "$1: $value instead of $3"
}
told() { grep -qF -- "$1" "$work/err" || fail "nothing of '$1' in: $(head -c 600 "$work/err")"; }
fleet=(--db "$db" fleet)
imported="SELECT group_concat(text, ', ') FROM (SELECT h.name || ' ' || o.address AS text FROM inventory_origins i
    JOIN hostnames h ON h.id = i.hostname JOIN origins o ON o.id = i.origin ORDER BY 1)"

echo "-- rows that repeat others, contradict others, or claim what belongs to others"
cat >"$work/bad.csv" <<'END'
zone,hostname,address,mode
a.example,www.a.example,192.0.2.1,
a.example,www.a.example,192.0.2.1,
a.example,www.a.example,192.0.2.2,full
a.example,x.sub.a.example,192.0.2.3,
sub.a.example,x.sub.a.example,192.0.2.4,
b.example,b.example,192.0.2.5:8080,
b.example,b.example,2001:db8::1,
END
run 2 "${fleet[@]}" import "$work/bad.csv"
told 'bad.csv:4: mode differs from that in line 2 for the same hostname www.a.example'
told 'bad.csv:6: hostname x.sub.a.example is claimed by the zone a.example too'
told "bad.csv:7: address '192.0.2.5:8080': no address; ports stand in the columns http_port and https_port"
grep -q '^3 rows, 3 zones' "$work/out" || grep -q '^3 rows, 2 zones' "$work/out" || fail "$(cat "$work/out")"
grep -q '3 bad rows, 1 duplicate rows' "$work/out" || fail "$(cat "$work/out")"
expect "what was imported" "$imported" \
    "b.example 2001:db8::1, www.a.example 192.0.2.1, x.sub.a.example 192.0.2.3"
run 2 "${fleet[@]}" import --strict "$work/bad.csv"
rm -f "$db"

echo "-- a byte-order mark, CRLF, quotes and line ends within them"
printf '\xef\xbb\xbf"zone","hostname","address"\r\n"c.example","www.c.example","192.0.2.1"\r\n"d.exa\r\nmple",d.example,192.0.2.2\r\n"e.example",e.example,"192.0.2.3"' |
    { code=0; "$program" "${fleet[@]}" import - >"$work/out" 2>"$work/err" || code=$?; [ $code = 2 ] || fail "exit code $code"; }
told 'standard input:3: zone'
expect "the others" "SELECT group_concat(name) FROM (SELECT name FROM zones ORDER BY name)" c.example,e.example
rm -f "$db"

echo "-- a line of a gigabyte: bounded memory"
limit() { # with less memory than the line has, where the program can live with a limit at all
    if (ulimit -v 300000 && "$program" version) >/dev/null 2>&1; then
        (ulimit -v 300000 && "$@")
    else
        "$@"
    fi
}
code=0
{ echo zone,hostname,address; head -c 1000000000 /dev/zero | tr '\0' x; echo; echo f.example,f.example,192.0.2.1; } |
    limit "$program" "${fleet[@]}" import - >"$work/out" 2>"$work/err" || code=$?
[ $code = 2 ] || fail "exit code $code for a gigabyte: $(head -c 300 "$work/err")"
told 'standard input:2: longer than 65536 bytes'
expect "the row behind it" "SELECT group_concat(name) FROM zones" f.example
rm -f "$db"

echo "-- a zone file"
cat >"$work/g.example.zone" <<'END'
$TTL 1h
$ORIGIN g.example.
@       IN SOA ns1 hostmaster ( 2026112301 ; serial
                 7200 3600
                 1209600 300 )
        IN NS  ns1
@   300 IN A   192.0.2.1
www IN 300 A   192.0.2.2
*       A      192.0.2.3
cdn     CNAME  edge.example.net.
$ORIGIN eu.g.example.
$INCLUDE /etc/passwd
shop    AAAA   2001:db8::1
END
run 2 "${fleet[@]}" import --format bind --zone g.example "$work/g.example.zone"
told 'g.example.zone:12: this directive is not known here: only $ORIGIN and $TTL are'
expect "its hostnames" "$imported" \
    "cdn.g.example edge.example.net, g.example 192.0.2.1, shop.eu.g.example 2001:db8::1, www.g.example 192.0.2.2"
rm -f "$db"

echo "-- names that lead to this machine: nobody is asked, unless the inventory names the address itself"
cat >"$work/private.csv" <<'END'
zone,hostname,address,http_port,https_port
h.example,h.example,localhost,1,2
i.example,i.example,127.0.0.1,1,2
END
run 0 "${fleet[@]}" import "$work/private.csv"
run 0 "${fleet[@]}" -q run --rate 100 --timeout 2
expect "not asked through a name" "SELECT s.requests + s.connections FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name = 'h.example'" 0
expect "asked by its address" "SELECT s.connections > 0 FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name = 'i.example'" 1
rm -f "$db"

echo "-- how much there is to do"
awk 'BEGIN { print "zone,hostname,address,http_port,https_port"
    for (i = 0; i < 60; i++) printf "z%d.example,www.z%d.example,127.10.0.%d,1,2\n", i, i, i + 1 }' >"$work/many.csv"
run 0 "${fleet[@]}" import "$work/many.csv"
due_and_done() { # DUE DONE OPTION...: what the metrics say of a run
    local due=$1 done=$2
    shift 2
    run 0 "${fleet[@]}" -q run --loops 2 --metrics "$work/metrics" "$@"
    [ "$(awk '/^origintls_fleet_zones_due / { print $2 }' "$work/metrics")" = "$due" ] || fail "due with $*: $(grep zones_due "$work/metrics")"
    [ "$(awk '/^origintls_fleet_zones_total/ { sum += $2 } END { print sum }' "$work/metrics")" = "$done" ] || fail "done with $*: $(grep zones_total "$work/metrics")"
}
due_and_done 5 5 --limit 5
due_and_done 0 0 --zone '^nobody'
due_and_done 3 3 --zone 'z5[0-9]' --limit 3
left=$(sqlite3 "$db" "SELECT count(*) FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name GLOB 'z4[0-9].*' AND f.scans = 0")
due_and_done "$left" "$left" --zone '^z4[0-9]\.'
left=$(sqlite3 "$db" "SELECT count(*) FROM fleet WHERE scans = 0 AND address_hash % 2 = 0")
due_and_done "$left" "$left" --shard 1/2
left=$(sqlite3 "$db" "SELECT count(*) FROM fleet WHERE scans = 0")
due_and_done "$left" "$left"
expect "each once" "SELECT count(*) FROM fleet WHERE scans <> 1" 0
rm -f "$db"

echo "-- an inventory that changes while it is scanned"
start_lab identical,small
rows() { # ADDRESS_OF_SMALL ZONE...
    echo zone,hostname,address,http_port,https_port
    jq -r 'select(.record == "site") | .name + "," + .zone + "," + .origin_option' "$work/sites" |
        sed -E 's/^([^,]*),([^,]*),([^=]*)=([^:]*):([0-9]*):([0-9]*)$/\1,\2,\3,\4,\5,\6/' | grep -E "^($1)," | cut -d, -f2-
}
rows 'identical|small' >"$work/before.csv"
rows identical | sed -E 's/,(127[0-9.]*),[0-9]*,[0-9]*$/,\1,1,2/' >"$work/after.csv"
run 0 "${fleet[@]}" import "$work/before.csv"
"$program" "${fleet[@]}" run --rate 4 --pairs 12 --ca-file "$work/ca.pem" >"$work/run.out" 2>"$work/run.err" &
pid=$!
for _ in $(seq 100); do
    [ "$(sqlite3 -cmd '.timeout 2000' "$db" 'SELECT count(*) FROM fleet WHERE run IS NOT NULL')" = 2 ] && break
    sleep 0.05
done
expect "both are in flight" "SELECT count(*) FROM fleet WHERE run IS NOT NULL" 2
run 0 "${fleet[@]}" import "$work/after.csv"
wait $pid || fail "the run ended with $?: $(cat "$work/run.err")"
expect "what was found at the old place is not recorded, what is found at the new one is" \
    "SELECT group_concat(o.http_port) FROM evidence e JOIN origins o ON o.id = e.origin JOIN scans s ON s.id = e.scan JOIN zones z ON z.id = s.zone
    WHERE z.name = 'identical.lab.test'" 1
expect "nor is what was found of the removed zone" "SELECT count(*) FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name = 'small.lab.test'" 0
expect "no rollout began of what is no longer so" "SELECT count(*) FROM rollouts" 0
expect "nobody has anything" "SELECT count(*) FROM fleet WHERE run IS NOT NULL" 0
expect "nothing is due" "SELECT count(*) FROM fleet WHERE removed_at IS NULL AND due_at <= unixepoch()" 0
run 0 "${fleet[@]}" import "$work/before.csv"
expect "back again, and due" "SELECT count(*) FROM fleet WHERE removed_at IS NULL AND due_at <= unixepoch()" 2

echo "-- a scan that starts a rollout is followed by the next within a day, and not a month"
run 0 "${fleet[@]}" run --rate 1000 --ca-file "$work/ca.pem" --zone '^identical' --jitter 0
expect "its rollout" "SELECT state FROM rollouts" ramping
expect "the next scan" "SELECT f.due_at - s.finished_at BETWEEN 86000 AND 86500 AND s.next_scan_at = f.due_at FROM fleet f
    JOIN zones z ON z.id = f.zone JOIN scans s ON s.zone = z.id WHERE z.name = 'identical.lab.test' ORDER BY s.id DESC LIMIT 1" 1
conclude
