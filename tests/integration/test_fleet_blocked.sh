#!/bin/bash
# A fleet whose DNS server never answers, whose database is locked for a while, whose origin sends a byte a second: the
# other zones, and their transfers, go on.
# Usage: test_fleet_blocked.sh ORIGINTLS dns|locked|slow
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"
servers=()
stop_servers() {
    [ "${#servers[@]}" = 0 ] || kill "${servers[@]}" 2>/dev/null || true
    clean_up
}
trap stop_servers EXIT

# serve SCRIPT: a TCP server on all of 127/8 that forks for each client, which is $client; its port is $port.
serve() {
    local pid
    read -r port pid < <(perl -MPOSIX -MIO::Socket::INET -MTime::HiRes=time,sleep -e '
        my ($script, $log) = @ARGV;
        my $server = IO::Socket::INET->new(LocalAddr => "0.0.0.0", Listen => 200) or die;
        my $child = fork;
        if ($child) { print $server->sockport, " $child\n"; exit }
        close STDOUT; close STDERR; alarm 100; $SIG{CHLD} = "IGNORE"; $SIG{PIPE} = sub { POSIX::_exit(0) };
        while (1) {
            my $client = $server->accept or next;
            next if fork;
            while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
            eval $script; POSIX::_exit(0);
        }' "$1" "$folder/log")
    servers+=("$pid")
}
scanned() { sql "SELECT count(*) FROM scans s JOIN zones z ON z.id = s.zone WHERE z.name LIKE '$1%'"; }
all_others() { [ "$(scanned z)" = "$1" ]; }
start() {
    "$origintls" --db "$database" -q fleet import "$folder/fleet.csv" >/dev/null
    "$origintls" --db "$database" -q fleet run --loops 1 "$@" >"$folder/out" 2>"$folder/err" &
    run=$!
}
end() {
    local code=0
    wait $run || code=$?
    expect_code 0 $code "$(cat "$folder/err")"
}

dns() {
    in_namespaces "$0" "$origintls" dns
    # A socket that takes every question.
    perl -MIO::Socket::INET -e 'alarm 100; $| = 1; my $socket = IO::Socket::INET->new(LocalAddr => "127.79.4.1", LocalPort => 53,
        Proto => "udp") or die; my $question; while (1) { $socket->recv($question, 512); print time, "\n" }' >"$folder/log" &
    servers+=($!)
    echo "nameserver 127.79.4.1" >"$folder/resolv.conf"
    mount --bind "$folder/resolv.conf" "$(readlink -f /etc/resolv.conf)"
    zones 100 >"$folder/fleet.csv"
    for i in 1 2 3 4; do echo "named$i.test,www.named$i.test,lb$i.balancer.test,80,443"; done >>"$folder/fleet.csv"
    start --zones-per-loop 20
    wait_for "the zones with addresses" all_others 100
    echo "100 zones with addresses are through; $(scanned named) of 4 whose names nobody resolves"
    [ "$(scanned named)" = 0 ] || die "nobody waits for names"
    end
    [ -s "$folder/log" ] || die "nobody asked the DNS server"
    expect "zones whose origin was not found" "SELECT count(*) FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name LIKE 'named%' AND status = 'incomplete'" 4
    expect_each_once 104
    umount "$(readlink -f /etc/resolv.conf)"
}

slow() {
    # shellcheck disable=SC2016
    serve 'print $client "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n"; $client->flush;
        for (1 .. 1000) { print $client "x" or last; $client->flush; sleep 1 }'
    zones 100 >"$folder/fleet.csv"
    for i in 1 2 3 4; do echo "slow$i.test,www.slow$i.test,127.79.5.$i,$port,1"; done >>"$folder/fleet.csv"
    start --zones-per-loop 8 --timeout 2 --pairs 5
    wait_for "the other zones" all_others 100
    echo "100 other zones are through; $(scanned slow) of 4 with a byte a second"
    [ "$(scanned slow)" = 0 ] || die "the origin is not slow"
    end
    expect_each_once 104
}

requests() { wc -l <"$folder/log"; }

locked() {
    : >"$folder/log"
    # shellcheck disable=SC2016
    serve 'open my $out, ">>", $log; syswrite $out, time . "\n"; my $page = "<p>A page." . "<a href=/a>a</a><a href=/b>b</a><a href=/c>c</a>";
        print $client "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: " . length($page) . "\r\n\r\n$page"; $client->flush'
    awk -v port="$port" 'BEGIN {
        print "zone,hostname,address,http_port,https_port"
        for (i = 1; i <= 60; i++) printf "z%d.test,www.z%d.test,127.79.6.%d,%d,1\n", i, i, i, port }' >"$folder/fleet.csv"
    start --zones-per-loop 30 --rate 2 --pairs 5
    wait_for "the first transfers" test -s "$folder/log"
    mkfifo "$folder/lock"
    sqlite3 "$database" <"$folder/lock" >"$folder/locked" &
    local locker=$! before after at_once
    exec 4>"$folder/lock"
    printf '.timeout 5000\nBEGIN IMMEDIATE;\nSELECT 1;\n' >&4
    wait_for "the lock" test -s "$folder/locked"
    sleep 1
    before=$(requests)
    sleep 5
    after=$(requests)
    echo "COMMIT;" >&4
    exec 4>&-
    wait $locker
    echo "$((after - before)) requests in five seconds of a locked database, $before before"
    [ $((after - before)) -ge 20 ] || die "transfers do not go on"
    end
    expect_each_once 60
}

"$2"
