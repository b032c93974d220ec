#!/bin/bash
# Zones whose origin is the name of a load balancer: once the name is resolved, the circuit breaker and an opt-out of its
# address hold for them as for those that name the address. In a network of their own, whose loopback has the address.
# Usage: test_fleet_names.sh ORIGINTLS
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"
in_namespaces "$0" "$origintls"
address=45.45.45.45
ip addr add $address/32 dev lo
echo "$address balancer.example.net" >"$folder/hosts"
mount --bind "$folder/hosts" /etc/hosts
server= run=
trap 'kill $server $run 2>/dev/null || true; umount /etc/hosts; wait; clean_up' EXIT
read -r port server < <(perl -MPOSIX -MIO::Socket::INET -e '
    my $server = IO::Socket::INET->new(LocalAddr => "0.0.0.0", Listen => 200) or die;
    my $child = fork;
    if ($child) { print $server->sockport, " $child\n"; exit }
    close STDOUT; close STDERR; alarm 100;
    my @clients;
    while (my $client = $server->accept) { push @clients, $client }')
inventory() { # ZONES HTTP_PORT HTTPS_PORT
    echo "zone,hostname,address,http_port,https_port"
    for i in $(seq "$1"); do echo "z$i.example,www.z$i.example,balancer.example.net,$2,$3"; done
}

# Where nobody is at home: a few zones find out for all.
inventory 40 1 2 >"$folder/fleet.csv"
"$origintls" --db "$database" -q fleet import "$folder/fleet.csv" >/dev/null
"$origintls" --db "$database" -q fleet run --loops 1 --rate 100 >/dev/null 2>"$folder/err"
scanned=$(sql "SELECT count(*) FROM scans")
echo "$scanned of 40 zones of a silent balancer were scanned"
[ "$scanned" -ge 5 ] && [ "$scanned" -le 13 ] || die "$scanned zones of a silent balancer were scanned"
expect "zones that are put off" "SELECT count(*) FROM fleet WHERE deferred = 'address_not_answering'" $((40 - scanned))
expect "breakers" "SELECT address, failures >= 5, open_until > unixepoch() + 3400 FROM addresses" "$address|1|1"

# One that takes connections and never answers: an opt-out of its address ends the scans that are under way.
rm -f "$database"*
inventory 6 "$port" "$port" >"$folder/fleet.csv"
"$origintls" --db "$database" -q fleet import "$folder/fleet.csv" >/dev/null
"$origintls" --db "$database" -q fleet run --loops 1 >/dev/null 2>"$folder/err" &
run=$!
in_flight() { [ "$(sql 'SELECT count(*) FROM fleet WHERE run IS NOT NULL')" = 6 ]; }
all_opted_out() { [ "$(sql "SELECT count(*) FROM fleet WHERE status = 'opted_out'")" = 6 ]; }
wait_for "six zones in flight" in_flight
sleep 1
"$origintls" --db "$database" -q optout add $address --reason test >/dev/null
wait_for "the scans to end" all_opted_out
wait $run || die "the run failed: $(cat "$folder/err")"
run=
expect "integrity" "PRAGMA integrity_check" ok
