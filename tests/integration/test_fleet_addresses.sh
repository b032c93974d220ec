#!/bin/bash
# What is known of an address holds for all its zones, runs and restarts: Retry-After, the circuit breaker, and how many
# zones of it are in flight, whichever of their addresses it is. And an opt-out is honoured by a run that goes on.
# Usage: test_fleet_addresses.sh ORIGINTLS ORIGINTLS_LAB
set -euo pipefail
origintls=$1
lab=$2
folder=$(mktemp -d)
database=$folder/fleet.db
mkfifo "$folder/life"
"$lab" --only uniform --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
exec 3>"$folder/life"
# An origin that asks to be left alone for an hour, whatever it is asked, and counts.
read -r resting_port resting_pid < <(perl -MPOSIX -MIO::Socket::INET -e '
    my $server = IO::Socket::INET->new(LocalAddr => "127.78.1.1", Listen => 50) or die;
    my $child = fork;
    if ($child) { print $server->sockport, " $child\n"; exit }
    close STDOUT; close STDERR; POSIX::close(3); alarm 100;
    open my $log, ">>", $ARGV[0]; $log->autoflush(1);
    while (my $client = $server->accept) {
        while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
        print $log time, "\n";
        print $client "HTTP/1.1 429 Later\r\nRetry-After: 3600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    }' "$folder/resting")
run=
trap 'exec 3>&-; [ -z "$run" ] || kill -9 "$run" 2>/dev/null || true; kill "$resting_pid" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
for _ in $(seq 100); do
    grep -q '"name":"canary"' "$folder/lab" && break
    sleep 0.1
done

value() { grep "\"record\":\"site\",\"name\":\"uniform\"" "$folder/lab" | grep -o "\"$1\":\"\\?[0-9.]*" | grep -o '[0-9.]*$'; }
fail() { echo "$*" >&2; exit 1; }
sql() { sqlite3 "$database" "$1"; }
expect() { # SENTENCE QUERY VALUE
    local value
    value=$(sql "$2")
    [ "$value" = "$3" ] || fail "$1: $value instead of $3"
}
fleet() { "$origintls" --db "$database" -q fleet "$@"; }
http=$(value http_port) https=$(value https_port) address=$(value address)

# --- Retry-After: twenty zones on one address, two runs, one after the other; and a scan of one zone.
{
    echo "zone,hostname,address,http_port,https_port"
    for i in $(seq 20); do echo "rest$i.example,www.rest$i.example,127.78.1.1,$resting_port,1"; done
    for i in $(seq 4); do echo "well$i.example,www.well$i.example,$address,$http,$https"; done
} >"$folder/fleet.csv"
fleet import "$folder/fleet.csv"
fleet run --loops 2 --pairs 5 --rate 100
# Those that were under way when the first answer came.
asked=$(wc -l <"$folder/resting")
[ "$asked" -ge 1 ] && [ "$asked" -le 10 ] || fail "the resting origin was asked $asked times"
expect "zones that are put off" "SELECT count(*) FROM fleet WHERE deferred = 'retry_after' AND due_at - unixepoch() BETWEEN 3400 AND 3660" 20
expect "zones that were scanned meanwhile" "SELECT count(DISTINCT zone) FROM scans" 4
sql "UPDATE fleet SET due_at = 0"
fleet run --loops 2 --pairs 5 --rate 100
code=0
"$origintls" --db "$database" -q scan rest1.example >"$folder/out" || code=$?
[ $code = 3 ] && grep -q 'left alone' "$folder/out" || fail "scan ends with $code: $(cat "$folder/out")"
[ "$(wc -l <"$folder/resting")" = "$asked" ] || fail "the resting origin was asked again"
"$origintls" --db "$database" fleet status --format json >"$folder/status"
grep -q '"addresses_resting": 1' "$folder/status" || fail "fleet status: $(cat "$folder/status")"

# --- The breaker: forty zones where nobody is at home; one is tried once the hour is over, and only one.
rm -f "$database"
{
    echo "zone,hostname,address,http_port,https_port"
    for i in $(seq 40); do echo "gone$i.example,www.gone$i.example,127.78.2.1,1,2"; done
} >"$folder/fleet.csv"
fleet import "$folder/fleet.csv"
fleet run --loops 1 --rate 100 2>"$folder/err"
scanned=$(sql "SELECT count(*) FROM scans")
[ "$scanned" -ge 5 ] && [ "$scanned" -le 13 ] || fail "$scanned zones of a silent address were scanned"
expect "zones that are put off" "SELECT count(*) FROM fleet WHERE deferred = 'address_not_answering'" $((40 - scanned))
"$origintls" --db "$database" fleet status | grep -q '127.78.2.1: breaker open' || fail "the breaker is not open"
sql "UPDATE fleet SET due_at = 0; UPDATE addresses SET open_until = 1"
"$origintls" --db "$database" fleet status | grep -q '127.78.2.1: breaker half_open' || fail "the breaker is not half open"
fleet run --loops 2 --rate 100
expect "zones that were tried" "SELECT count(*) FROM scans" $((scanned + 1))
expect "the breaker is open again" "SELECT failures, probing, open_until > unixepoch() + 7000 FROM addresses" "6|0|1"

# --- Zones whose second address is crowded wait for it without a place in the run; the others go on.
rm -f "$database"
{
    echo "zone,hostname,address,http_port,https_port,weight"
    for i in $(seq 60); do
        echo "crowd$i.example,www.crowd$i.example,127.78.3.$i,1,2,1000"
        echo "crowd$i.example,www.crowd$i.example,$address,$http,$https,1000"
    done
    for i in $(seq 30); do echo "free$i.example,www.free$i.example,127.78.4.$i,1,2,1"; done
} >"$folder/fleet.csv"
fleet import "$folder/fleet.csv"
"$origintls" --db "$database" -q fleet run --loops 2 --zones-per-loop 10 --rate 3 --connections 1 --watch >/dev/null 2>&1 3>&- &
run=$!
for _ in $(seq 200); do
    done=$(sql "SELECT count(*) FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name LIKE 'free%'" 2>/dev/null || echo 0)
    crowd=$(sql "SELECT count(*) FROM fleet f JOIN zones z ON z.id = f.zone WHERE f.run IS NOT NULL AND z.name LIKE 'crowd%'" 2>/dev/null || echo 0)
    [ "$crowd" -le 8 ] || fail "$crowd zones of the crowded address are in flight"
    [ "$done" = 30 ] && break
    sleep 0.1
done
[ "$done" = 30 ] || fail "only $done of 30 zones were scanned beside the crowd"

# --- That run goes on: an opt-out ends the scans of those whom it names, at once, and those only.
"$origintls" --db "$database" optout add "$address" --reason test >/dev/null
for _ in $(seq 300); do
    left=$(sql "SELECT count(*) FROM fleet WHERE run IS NOT NULL OR due_at <= unixepoch()")
    [ "$left" = 0 ] && break
    sleep 0.1
done
expect "zones that are not opted out" "SELECT count(*) FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name LIKE 'crowd%' AND status <> 'opted_out'" 0
# A zone that becomes due, and one that is new, are taken up.
sql "UPDATE fleet SET due_at = unixepoch() + 2 WHERE zone = (SELECT id FROM zones WHERE name = 'free1.example')"
{ cat "$folder/fleet.csv"; echo "new.example,www.new.example,127.78.5.1,1,2,5"; } >"$folder/more.csv"
fleet import "$folder/more.csv"
for _ in $(seq 200); do
    taken=$(sql "SELECT sum(n) FROM (SELECT count(*) AS n FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name IN ('free1.example', 'new.example'))")
    [ "$taken" = 3 ] && break
    sleep 0.1
done
[ "$taken" = 3 ] || fail "$taken scans of a zone that became due and of a new one instead of 3"
kill -TERM $run
code=0
wait $run || code=$?
[ $code = 143 ] || fail "exit code $code instead of 143"
echo "all good"
