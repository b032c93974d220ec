#!/bin/bash
# Zones of crowded addresses, the heaviest of all, and others behind them in the queue: the crowd keeps to the rate and
# the connections of its address, and the others do not wait for it. Counted in zones, not in seconds.
# Usage: test_fleet_crowd.sh ORIGINTLS ORIGINTLS_LAB
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"
lab=$2
rate=20
connections=3
behind=200
mkfifo "$folder/life"
"$lab" --only uniform --ca-file "$folder/ca.pem" <"$folder/life" >"$folder/lab" &
lab_pid=$!
exec 3>"$folder/life"
wait_for "the lab" grep -q '"name":"canary"' "$folder/lab"
# Where connections are taken, and nothing is ever answered.
read -r silent_port silent_pid < <(perl -MPOSIX -MIO::Socket::INET -e '
    my $server = IO::Socket::INET->new(LocalAddr => "0.0.0.0", Listen => 200) or die;
    my $child = fork;
    if ($child) { print $server->sockport, " $child\n"; exit }
    close STDOUT; close STDERR; POSIX::close(3); alarm 100;
    my @clients;
    while (my $client = $server->accept) { push @clients, $client }')
run=
trap 'exec 3>&-; [ -z "$run" ] || kill -9 "$run" 2>/dev/null || true; kill "$silent_pid" 2>/dev/null || true; wait; clean_up' EXIT

value() { grep "\"record\":\"$1\",\"name\":\"uniform\"" "$folder/lab" | grep -o "\"$2\":\"\\?[0-9.]*" | grep -o '[0-9.]*$'; }
scanned() { sql "SELECT count(*) FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name LIKE '$1%'"; }
all_behind() { [ "$(scanned behind)" = "$behind" ]; }
import() { "$origintls" --db "$database" -q fleet import "$folder/fleet.csv" >/dev/null; }
# inventory ADDRESSES ZONES ADDRESS HTTP_PORT HTTPS_PORT: a crowd, the last number of ADDRESS counted up, and $behind
# zones behind it, on addresses of their own where nobody is at home.
inventory() {
    awk -v addresses="$1" -v zones="$2" -v address="$3" -v http="$4" -v https="$5" -v behind=$behind 'BEGIN {
        print "zone,hostname,address,http_port,https_port,weight"
        split(address, part, ".")
        for (i = 0; i < zones; i++)
            printf "crowd%d.example,www.crowd%d.example,%d.%d.%d.%d,%d,%d,1000\n", i, i, part[1], part[2], part[3],
                   part[4] + i % addresses, http, https
        for (i = 0; i < behind; i++)
            printf "behind%d.example,www.behind%d.example,127.79.1.%d,1,2,1\n", i, i, i + 1
    }' >"$folder/fleet.csv"
}
# run_until_all_behind OPTION...: a run that goes on, until those behind are through; its duration is $took_ms.
run_until_all_behind() {
    local began code=0
    began=$(date +%s%N)
    "$origintls" --db "$database" -q fleet run "$@" >/dev/null 2>"$folder/err" 3>&- &
    run=$!
    wait_for "the zones behind the crowd (now $(scanned behind))" all_behind
    took_ms=$((($(date +%s%N) - began) / 1000000))
    crowd=$(scanned crowd)
    kill -TERM $run
    wait $run || code=$?
    run=
    [ $code = 143 ] || [ $code = 0 ] || die "the run ends with $code: $(cat "$folder/err")"
}
options=(--loops 2 --zones-per-loop 20 --pairs 5 --rate $rate --connections $connections --watch)

# Without a crowd.
inventory 1 0 127.79.2.1 1 2
import
run_until_all_behind "${options[@]}"
echo "$behind zones alone: $took_ms ms"

# Ten thousand zones on one address, which are hours of work.
rm -f "$database"*
inventory 1 10000 "$(value site address)" "$(value site http_port)" "$(value site https_port)"
import
run_until_all_behind "${options[@]}"
echo "$behind zones behind 10000 on one address: $took_ms ms; meanwhile $crowd of those were scanned"
[ "$crowd" -le 40 ] || die "$crowd zones of the crowd were scanned before the others"
exec 3>&-
wait $lab_pid
fastest=$(value stats max_requests_in_one_second) open=$(value stats max_concurrent)
echo "the crowded address: $(value stats requests) requests, at most $fastest in a second, $open connections at once"
[ "$(value stats requests)" -gt 20 ] || die "too few requests to tell"
# A window counts both its ends, and a request that a busy machine sends a tenth of a second late falls among later ones.
[ "$fastest" -le $((rate + 1 + rate / 10)) ] || die "more than $rate requests in a second"
[ "$open" -le $connections ] || die "more than $connections connections at once"

# Six addresses with two hundred zones each: six times eight would be more than all places of the run.
rm -f "$database"*
inventory 6 1200 127.79.3.1 "$silent_port" "$silent_port"
import
run_until_all_behind --loops 1 --zones-per-loop 40 --pairs 5 --rate 100 --watch
echo "$behind zones behind 1200 on six silent addresses: $took_ms ms; meanwhile $crowd of those were scanned"
[ "$crowd" -le 20 ] || die "$crowd zones of the crowd were scanned before the others"
expect "integrity" "PRAGMA integrity_check" ok
