#!/bin/bash
# Shards of one fleet, each scanned into a database of its own by a run of its own, and joined by 'db merge': nothing is
# lost, nothing is there twice, in whatever order and however often they come; files that cannot be merged are refused,
# and a merge that is killed leaves nothing half done. Usage: test_fleet_merge.sh ORIGINTLS ORIGINTLS_LAB
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"
migrations=$(dirname "${BASH_SOURCE[0]}")/../../db/migrations
zones=120

sql() { sqlite3 "$1" "$2"; }
expect() { # SENTENCE DATABASE QUERY VALUE
    local value
    value=$(sql "$2" "$3")
    [ "$value" = "$4" ] || fail "$1: $value instead of $4"
}

# Everything that a database holds, without the numbers that rows happen to have in it.
describe() {
    sql "$1" "
        SELECT 'zone', z.name, s.scan_id FROM zones z LEFT JOIN scans s ON s.id = z.latest_scan ORDER BY 2;
        SELECT 'scan', s.scan_id, z.name, s.finished_at, s.requests FROM scans s JOIN zones z ON z.id = s.zone ORDER BY 2;
        SELECT 'recommendation', s.scan_id, r.position, r.status, r.recommended_mode, d.action, (SELECT text FROM texts x WHERE x.id = d.reason) FROM recommendations r
            JOIN scans s ON s.id = r.scan JOIN decisions d ON d.scan = r.scan AND d.position = r.position ORDER BY 2, 3;
        SELECT 'evidence', s.scan_id, e.hostname_position, e.position, h.name, o.address, e.status, c.serial, t.cipher,
            (SELECT hex(compared) FROM pairs p WHERE p.evidence = e.id),
            (SELECT group_concat(code || url) FROM blockers b WHERE b.evidence = e.id),
            (SELECT group_concat(code) FROM warnings w WHERE w.evidence = e.id)
            FROM evidence e JOIN scans s ON s.id = e.scan JOIN hostnames h ON h.id = e.hostname JOIN origins o ON o.id = e.origin
            LEFT JOIN certificates c ON c.id = e.certificate LEFT JOIN tls_facts t ON t.id = e.tls ORDER BY 2, 3, 4;
        SELECT 'inventory', z.name, h.name, i.mode, i.weight, o.address, n.position FROM inventory i
            JOIN hostnames h ON h.id = i.hostname JOIN zones z ON z.id = h.zone JOIN inventory_origins n ON n.hostname = h.id
            JOIN origins o ON o.id = n.origin ORDER BY 2, 3, 7;
        SELECT 'fleet', z.name, f.fingerprint, f.weight, f.imported_at, f.removed_at, f.due_at, f.failures, f.scans, f.status,
            f.finished_at FROM fleet f JOIN zones z ON z.id = f.zone ORDER BY 2;
        SELECT 'opt_out', kind, value, reason, source, expires_at FROM opt_outs ORDER BY 2, 3;
        SELECT 'rollout', z.name, h.name, r.scan, r.state, r.rule, r.opened_at, r.ended_at,
            (SELECT group_concat(percent || ' ' || since_at) FROM rollout_steps t WHERE t.rollout = r.id),
            (SELECT group_concat(start_at || ' ' || candidate_requests) FROM observations o WHERE o.rollout = r.id)
            FROM rollouts r JOIN hostnames h ON h.id = r.hostname JOIN zones z ON z.id = h.zone ORDER BY 2, 3, 7;
        SELECT 'certificate', count(*), count(DISTINCT serial) FROM certificates;
        SELECT 'chain', c.name, c.count, c.digest, (SELECT count(*) FROM merged_ledger l WHERE l.chain = c.id) FROM ledger_chains c
            ORDER BY 2, 3, 4"
}
same() { # SENTENCE DATABASE DATABASE
    describe "$2" >"$work/one"
    describe "$3" >"$work/other"
    cmp -s "$work/one" "$work/other" || fail "$1: $(diff "$work/one" "$work/other" | head -4)"
}
whole() { # DATABASE
    expect "$1: integrity" "$1" "PRAGMA integrity_check" ok
    expect "$1: foreign keys" "$1" "SELECT count(*) FROM pragma_foreign_key_check" 0
    run 0 --db "$1" ledger verify
    run 0 --db "$1" ledger replay
}

# Two real origins, and many addresses at which nothing listens.
start_lab identical,expired
{
    echo "zone,hostname,address,http_port,https_port,weight"
    jq -r 'select(.record == "site") | .origin_option + "," + .zone' "$work/sites" |
        sed -E 's/^([^=]*)=([^:]*):([0-9]*):([0-9]*),(.*)$/\5,\1,\2,\3,\4,9/'
    awk -v zones=$zones 'BEGIN { for (i = 0; i < zones; i++)
        printf "z%d.example,www.z%d.example,127.9.%d.%d,1,2,%d\n", i, i, i / 250, i % 250 + 1, i % 7 }'
} >"$work/fleet.csv"
total=$(($(wc -l <"$work/fleet.csv") - 1))

echo "-- three shards, scanned one by one"
for shard in 1 2 3; do
    run 0 --db "$work/s$shard.db" fleet import "$work/fleet.csv"
    run 0 --db "$work/s$shard.db" -q fleet run --shard $shard/3 --loops 1 --rate 500 --pairs 12 --ca-file "$work/ca.pem"
done
run 0 --db "$work/s1.db" optout add --reason asked example.org
run 0 --db "$work/s2.db" optout add --expires 2999-01-01 example.org
run 0 --db "$work/s2.db" optout add 192.0.2.0/24
scans=0
for shard in 1 2 3; do
    count=$(sql "$work/s$shard.db" "SELECT count(*) FROM scans")
    [ "$count" -gt 0 ] && [ "$count" -lt "$total" ] || fail "shard $shard has scanned $count zones"
    scans=$((scans + count))
done
[ "$scans" = "$total" ] || fail "$scans scans of $total zones"

echo "-- joined in every order: the same"
merge() { run 0 --db "$@"; }
merge "$work/a.db" db merge "$work/s1.db" "$work/s2.db" "$work/s3.db"
merge "$work/b.db" db merge "$work/s3.db" "$work/s1.db" "$work/s2.db"
merge "$work/c.db" db merge "$work/s2.db"
merge "$work/c.db" db merge "$work/s3.db" "$work/s1.db"
merge "$work/half.db" db merge "$work/s1.db" "$work/s3.db"
merge "$work/d.db" db merge "$work/half.db"
merge "$work/d.db" db merge "$work/s2.db"
for database in a b c d; do
    whole "$work/$database.db"
    same "another order" "$work/a.db" "$work/$database.db"
done
expect "each zone is scanned once" "$work/a.db" "SELECT count(DISTINCT zone) = $total AND count(*) = $total FROM scans" 1
expect "nothing is due" "$work/a.db" "SELECT count(*) FROM fleet WHERE due_at <= unixepoch()" 0
expect "opt-outs" "$work/a.db" "SELECT group_concat(value || ' ' || coalesce(expires_at, 'for ever'), ', ') FROM (SELECT * FROM opt_outs ORDER BY value)" \
    "192.0.2.0/24 for ever, example.org for ever"
expect "a rollout of the origin that can" "$work/a.db" "SELECT count(*) FROM rollouts WHERE state = 'ramping'" \
    "$(for shard in 1 2 3; do sql "$work/s$shard.db" "SELECT count(*) FROM rollouts WHERE state = 'ramping'"; done | jq -s add)"
run 0 --db "$work/a.db" ledger verify --format json
[ "$(jq -r '.chains, .chain, .rows' "$work/out" | tr '\n' ' ')" = '3 null 0 ' ] || fail "verify: $(cat "$work/out")"
rows=$(jq .merged_rows "$work/out")
run 0 --db "$work/a.db" ledger replay --format json
[ "$(jq -r '.rows, .differences, .evidence_gone' "$work/out" | tr '\n' ' ')" = "$rows 0 0 " ] || fail "replay: $(cat "$work/out")"
run 0 --db "$work/a.db" ledger list --format ndjson
[ "$(jq -s 'length' "$work/out")" = "$rows" ] || fail "not every row is listed"

echo "-- once more: nothing changes"
describe "$work/a.db" >"$work/before"
merge "$work/a.db" db merge "$work/s1.db" "$work/s2.db" "$work/s3.db" "$work/half.db" --format json
[ "$(jq '[.files[] | .zones + .scans + .opt_outs + .rollouts + .observations + .ledger_rows + .inventories] | add' "$work/out")" = 0 ] ||
    fail "something was added: $(cat "$work/out")"
describe "$work/a.db" | cmp -s - "$work/before" || fail "merging again changed something"

echo "-- the same zones scanned again in a shard, and an inventory that changed in another: only the news come"
sql "$work/s1.db" "UPDATE fleet SET due_at = 0 WHERE zone IN (SELECT zone FROM fleet WHERE scans = 1 ORDER BY weight DESC LIMIT 5)"
sleep 1
run 0 --db "$work/s1.db" -q fleet run --shard 1/3 --loops 1 --rate 500 --pairs 12 --ca-file "$work/ca.pem"
sed 's/^z7\.example,www\.z7\.example,127\.9\.0\.8/z7.example,www.z7.example,127.9.0.88/' "$work/fleet.csv" | grep -v '^z8\.example' >"$work/changed.csv"
run 0 --db "$work/s2.db" fleet import "$work/changed.csv"
merge "$work/a.db" db merge "$work/s1.db" "$work/s2.db" --format json
[ "$(jq '.files[0].scans' "$work/out")" = 5 ] || fail "new scans: $(cat "$work/out")"
merge "$work/b.db" db merge "$work/s2.db" "$work/s1.db"
same "news in another order" "$work/a.db" "$work/b.db"
whole "$work/a.db"
expect "all scans are kept" "$work/a.db" "SELECT count(*) FROM scans" $((total + 5))
expect "the latest is the newest" "$work/a.db" "SELECT count(*) FROM zones z WHERE latest_scan <> (SELECT id FROM scans WHERE zone = z.id ORDER BY finished_at DESC LIMIT 1)" 0
expect "the changed zone has its new address" "$work/a.db" "SELECT o.address FROM inventory_origins i JOIN origins o ON o.id = i.origin JOIN hostnames h ON h.id = i.hostname WHERE h.name = 'www.z7.example'" 127.9.0.88
expect "the changed zone is due" "$work/a.db" "SELECT f.due_at <= unixepoch() FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name = 'z7.example'" 1
expect "the removed zone is marked" "$work/a.db" "SELECT removed_at IS NOT NULL FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name = 'z8.example'" 1

echo "-- the rollout goes on in the joined database"
zone=identical.lab.test
run 0 --db "$work/a.db" upgrade hold "$zone"
run 0 --db "$work/a.db" upgrade approve "$zone"
whole "$work/a.db"

of_zone="SELECT group_concat(state || ' ' || rule, ', ') FROM (SELECT r.* FROM rollouts r JOIN hostnames h ON h.id = r.hostname WHERE h.name = '$zone' ORDER BY opened_at)"
echo "-- two rollouts of one hostname: the one that was opened later stays"
run 0 --db "$work/other.db" scan "$zone" --origin "$(origin identical)" --rate 500 --pairs 12 --ca-file "$work/ca.pem"
sql "$work/other.db" "UPDATE rollouts SET opened_at = opened_at - 86400"
merge "$work/a.db" db merge "$work/other.db"
expect "one is open" "$work/a.db" "$of_zone" "rolled_back superseded, ramping by_hand"
expect "the other ended when it was opened" "$work/a.db" "SELECT r.ended_at = n.opened_at FROM rollouts r JOIN rollouts n ON n.hostname = r.hostname AND n.id <> r.id WHERE r.rule = 'superseded'" 1
whole "$work/a.db"
merge "$work/other.db" db merge "$work/s1.db" "$work/s2.db" "$work/s3.db"
expect "the other way round" "$work/other.db" "$of_zone" "rolled_back superseded, ramping started"
whole "$work/other.db"
run 0 --db "$work/a.db" report --format json
[ "$(jq length "$work/out")" = "$total" ] || fail "the report does not hold every zone"

echo "-- a copy that went on by itself is another chain, and its beginning is recognised"
cp "$work/s3.db" "$work/copy.db"
run 0 --db "$work/copy.db" optout add copy.example
run 0 --db "$work/s3.db" optout add original.example
merge "$work/e.db" db merge "$work/s3.db" "$work/copy.db"
merge "$work/f.db" db merge "$work/copy.db" "$work/s3.db"
same "copies in another order" "$work/e.db" "$work/f.db"
expect "two chains that begin alike" "$work/e.db" "SELECT count(*) || ' ' || count(DISTINCT name) FROM ledger_chains" "2 1"
merge "$work/s3.db" db merge "$work/copy.db"
expect "of a copy of oneself only what is not there" "$work/s3.db" "SELECT count(*) FROM ledger_chains" 1
whole "$work/s3.db"

echo "-- what cannot be merged is refused, and nothing is changed"
describe "$work/a.db" >"$work/before"
cp "$work/s1.db" "$work/future.db"
sql "$work/future.db" "PRAGMA user_version = 999"
sqlite3 "$work/foreign.db" "CREATE TABLE t (x)"
head -c 20000 "$work/s1.db" >"$work/cut.db"
cp "$work/s1.db" "$work/holes.db"
dd if=/dev/zero of="$work/holes.db" bs=4096 seek=20 count=10 conv=notrunc status=none
cp "$work/s1.db" "$work/forged.db"
sqlite3 "$work/forged.db" "DROP TRIGGER ledger_is_not_changed; UPDATE ledger SET at = at + 1 WHERE id = 3"
rm -f "$work/empty.db"
: >"$work/empty.db"
ln "$work/a.db" "$work/link.db" 2>/dev/null || cp "$work/a.db" "$work/link.db"
refused 2 'is the database itself' --db "$work/a.db" db merge "$work/link.db"
rm -f "$work/link.db"
refused 2 'newer origintls .schema 999' --db "$work/a.db" db merge "$work/s2.db" "$work/future.db"
refused 2 'belongs to another program' --db "$work/a.db" db merge "$work/foreign.db"
refused 2 'is not a database' --db "$work/a.db" db merge "$work/fleet.csv"
refused 2 'is damaged' --db "$work/a.db" db merge "$work/cut.db"
refused 2 'is damaged' --db "$work/a.db" db merge "$work/holes.db"
refused 2 'ledger of .* was changed: row 3: the row is not what was written' --db "$work/new.db" db merge "$work/forged.db"
expect "nothing of the forged one" "$work/new.db" "SELECT count(*) FROM zones" 0
refused 2 'is empty' --db "$work/a.db" db merge "$work/empty.db"
refused 2 'no database at' --db "$work/a.db" db merge "$work/nowhere.db"
refused 2 'no database at' --db "$work/unmade.db" db merge "$work/nowhere.db"
[ ! -e "$work/unmade.db" ] || fail "a merge of nothing made a database"
refused 2 'a database to merge' --db "$work/a.db" db merge
describe "$work/a.db" | cmp -s - "$work/before" || fail "a refused merge changed something"

echo "-- a file of an older version is merged from a copy, and itself stays as it is"
{
    cat "$migrations/0001.sql"
    echo "PRAGMA application_id = 1869900915; PRAGMA user_version = 1;
        INSERT INTO zones (name) VALUES ('old.example'); INSERT INTO opt_outs (kind, value) VALUES ('zone', 'old.example');"
} | sqlite3 "$work/old.db"
sha256sum "$work/old.db" >"$work/old.sum"
merge "$work/g.db" db merge "$work/old.db" "$work/s1.db"
sha256sum -c --quiet "$work/old.sum" || fail "the old file was changed"
expect "the old opt-out" "$work/g.db" "SELECT count(*) FROM opt_outs WHERE value = 'old.example'" 1
[ -z "$(find "$work" -name '*.merge-*')" ] || fail "a copy was left behind"

echo "-- to be read, an older one is brought up to date; a file in a folder that is not ours says what to do"
cp "$work/old.db" "$work/read.db"
run 0 --db "$work/read.db" optout list
grep -q 'from an older origintls and has been brought up to date' "$work/err" || fail "no note: $(cat "$work/err")"
run 0 --db "$work/read.db" fleet status
[ ! -s "$work/err" ] || fail "once is enough: $(cat "$work/err")"
if [ "$(id -u)" != 0 ]; then
    mkdir "$work/theirs"
    cp "$work/old.db" "$work/theirs/old.db"
    chmod 400 "$work/theirs/old.db"
    chmod 500 "$work/theirs"
    refused 1 "run 'origintls --db .* fleet status' as a user who may write" --db "$work/theirs/old.db" report
    merge "$work/g.db" db merge "$work/theirs/old.db"
    chmod 700 "$work/theirs"
fi

echo "-- killed in the middle: nothing, or all of one file"
cp "$work/half.db" "$work/killed.db"
for delay in 0.002 0.005 0.01 0.02 0.03 0.05; do
    "$program" --db "$work/killed.db" db merge "$work/s2.db" "$work/s1.db" >/dev/null 2>&1 &
    pid=$!
    sleep $delay
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    expect "integrity after a kill" "$work/killed.db" "PRAGMA integrity_check" ok
    expect "a scan without its recommendation" "$work/killed.db" "SELECT count(*) FROM scans WHERE id NOT IN (SELECT scan FROM recommendations WHERE position = -1)" 0
done
merge "$work/killed.db" db merge "$work/s2.db" "$work/s1.db"
merge "$work/unhurt.db" db merge "$work/half.db" "$work/s2.db" "$work/s1.db"
describe "$work/unhurt.db" | grep -v '^chain' >"$work/one"
describe "$work/killed.db" | grep -v '^chain' >"$work/other"
cmp -s "$work/one" "$work/other" || fail "after kills: $(diff "$work/one" "$work/other" | head -4)"
whole "$work/killed.db"

echo "-- pruned after a merge, decisions of merged ledgers keep what they stand on"
run 0 --db "$work/a.db" db prune --keep 0 --format json
[ "$(jq .removed "$work/out")" -gt 0 ] || fail "nothing was pruned: $(cat "$work/out")"
whole "$work/a.db"
expect "opened rollouts have their scan" "$work/a.db" "SELECT count(*) FROM rollouts WHERE scan NOT IN (SELECT scan_id FROM scans)" 0
expect "so have decisions about starting one" "$work/a.db" "SELECT count(*) FROM merged_ledger WHERE kind = 'decision' AND
    json_type(body, '\$.admission') = 'object' AND json_extract(body, '\$.scan_id') NOT IN (SELECT scan_id FROM scans)" 0
conclude
