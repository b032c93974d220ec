#!/bin/bash
# Every bad input gives one clear line and the exit code of the contract, before anything is sent or written.
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

start_lab identical,noisy
site=$(origin identical)
zone=identical.lab.test
scan=(--db "$db" scan "$zone" --rate 500 --ca-file "$work/ca.pem")
scan_here=("${scan[@]}" --origin "$site")

echo "-- options"
refused 2 'unknown option --bogus' "${scan_here[@]}" --bogus
refused 2 'did you mean --origin' "${scan[@]}" --orgin "$site"
refused 2 "unknown command 'frob'" frob
refused 2 'no command' -v
refused 2 'a zone is missing' scan
refused 2 'one operand too many' "${scan_here[@]}" another.test
refused 2 "option --mode: 'strong'" "${scan_here[@]}" --mode strong
refused 2 "option --pairs: '0'" "${scan_here[@]}" --pairs 0
refused 2 'option --rate needs a value' "${scan_here[@]}" --rate

echo "-- zones and origins"
refused 2 'no origin is known for' "${scan[@]}"
refused 2 'does not lie in the zone' "${scan[@]}" --origin example.org=127.0.0.1
refused 2 'IPv6 address stands in brackets' "${scan[@]}" --origin "$zone=::1"
refused 2 'a port is a number' "${scan[@]}" --origin "$zone=127.0.0.1:80:99999"
refused 2 "has no '='" "${scan[@]}" --origin 127.0.0.1
refused 2 'public suffix' --db "$db" scan co.uk --origin co.uk=127.0.0.1
refused 2 "zone 'http://x'" --db "$db" scan http://x
refused 2 'no origin is known for www' "${scan_here[@]}" --sni "www.$zone=a.test"
refused 2 'option --pin' "${scan_here[@]}" --pin "$zone=sha256/AAAA"

echo "-- headers: the value never shows"
refused 2 'user-agent' "${scan_here[@]}" --user-agent $'a\nX-B: c'
refused 2 'header' "${scan_here[@]}" --header 'no colon, secret123'
if grep -q secret123 "$work/err"; then fail "a header value was shown"; fi
refused 2 'header' "${scan_here[@]}" --header 'Host: secret123'
if grep -q secret123 "$work/err"; then fail "a header value was shown"; fi
refused 2 'header' "${scan_here[@]}" --header $'X-A: b\r\nX-B: secret123'
if grep -q secret123 "$work/err"; then fail "a header value was shown"; fi

echo "-- certificates and keys"
echo nonsense >"$work/nonsense"
: >"$work/empty"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/other-key.pem" 2>"$work/openssl"
refused 2 "$work/absent" "${scan_here[@]}" --ca-file "$work/absent"
refused 2 "$work/nonsense" "${scan_here[@]}" --ca-file "$work/nonsense"
refused 2 "$work/empty" --db "$db" scan "$zone" --origin "$site" --ca-only "$work/empty"
refused 2 "$work" "${scan_here[@]}" --ca-file "$work"
refused 2 "$work/other-key.pem" "${scan_here[@]}" --ca-file "$work/other-key.pem"
refused 2 'exclude each other' "${scan_here[@]}" --ca-only "$work/ca.pem"
refused 2 "$work/nonsense" "${scan_here[@]}" --crl-file "$work/nonsense"
refused 2 'option --client-key is missing' "${scan_here[@]}" --client-cert "$work/client.pem"
refused 2 "$work/absent" "${scan_here[@]}" --client-cert "$work/absent" --client-key "$work/client.pem"
refused 2 "$work/nonsense" "${scan_here[@]}" --client-cert "$work/nonsense" --client-key "$work/client.pem"
refused 2 "$work/other-key.pem" "${scan_here[@]}" --client-cert "$work/client.pem" --client-key "$work/other-key.pem"

echo "-- lists and logs"
printf 'example.com\n# fine\nhttp://bad/\n' >"$work/opt-out"
printf '192.0.2.0/24\n192.0.2.1/24\n' >"$work/edge"
refused 2 "$work/opt-out:3" "${scan_here[@]}" --opt-out "$work/opt-out"
refused 2 "$work/absent" "${scan_here[@]}" --opt-out "$work/absent"
refused 2 "$work/edge:2" "${scan_here[@]}" --edge-cidrs "$work/edge"
refused 2 "$work/nonsense" "${scan_here[@]}" --access-log "$work/nonsense"
refused 2 "$work/absent" "${scan_here[@]}" --access-log "$work/absent"

echo "-- configuration"
mkdir -p "$work/config/origintls"
printf '[scan]\npairs = 5\nparis = 5\n' >"$work/config/origintls/origintls.conf"
refused 2 "origintls.conf:3: unknown key 'paris'; did you mean 'pairs'" "${scan_here[@]}"
rm -r "$work/config"
refused 2 "$work/absent" --config "$work/absent" "${scan_here[@]}"
ORIGINTLS_RATE=fast refused 2 "ORIGINTLS_RATE: 'fast'" --db "$db" scan "$zone" --origin "$site"

echo "-- files of the other commands"
refused 2 "$work/absent" cert --host a.test "$work/absent"
refused 2 "$work/nonsense" cert --host a.test "$work/nonsense"
refused 2 'cert needs --host' cert "$work/ca.pem"
refused 2 "option --host: 'a b'" cert --host 'a b' "$work/ca.pem"
refused 2 'links needs --base' links "$work/nonsense"
refused 2 'option --base' links --base mailto:a@b "$work/nonsense"
refused 2 "$work/absent" links --base http://a.test/ "$work/absent"
refused 2 "$work/absent" compare "$work/nonsense" "$work/absent"
refused 2 'only one file can be standard input' compare - -
refused 2 '--again-b is missing' compare "$work/nonsense" "$work/nonsense" --again-a "$work/nonsense"
refused 2 'no database at' --db "$work/absent.db" report
refused 2 'no database at' --db "$work/absent.db" explain "$zone"
refused 2 'unknown command' help frob

echo "-- databases"
[ ! -e "$work/absent.db" ] || fail "reading made a database"
if [ -e "$db" ]; then
    [ "$(sqlite3 "$db" 'select count(*) from scans')" -eq 0 ] || fail "a refused scan was written"
    rm -f "$db" "$db-wal" "$db-shm"
fi
echo "this is no database, though it is long enough to be one" >"$work/garbage.db"
refused 1 "$work/garbage.db" --db "$work/garbage.db" scan "$zone" --origin "$site"
refused 1 "$work/garbage.db" --db "$work/garbage.db" report
refused 1 "$work/nonsense" --db "$work/nonsense/below.db" scan "$zone" --origin "$site"
refused 1 "$work" --db "$work" scan "$zone" --origin "$site"

run 0 --db "$db" scan noisy.lab.test --origin "$(origin noisy)" --ca-file "$work/ca.pem" --rate 500 --pairs 12
sqlite3 "$db" 'pragma wal_checkpoint(truncate)' >/dev/null
cp "$db" "$work/newer.db"
version=$(sqlite3 "$work/newer.db" 'pragma user_version')
sqlite3 "$work/newer.db" "pragma user_version = $((version + 7))"
cp "$work/newer.db" "$work/newer.before"
refused 1 'newer origintls' --db "$work/newer.db" scan "$zone" --origin "$site"
refused 1 'newer origintls' --db "$work/newer.db" report
cmp -s "$work/newer.db" "$work/newer.before" || fail "a database of a newer version was changed"

head -c 5000 "$db" >"$work/cut.db"
refused 1 "$work/cut.db" --db "$work/cut.db" report

echo "-- a database that somebody else locks"
mkfifo "$work/sql"
sqlite3 "$db" <"$work/sql" >"$work/sql.out" 2>&1 &
sqlite_pid=$!
exec 8>"$work/sql"
echo 'begin exclusive; select 1;' >&8
for _ in $(seq 50); do
    [ -s "$work/sql.out" ] && break
    sleep 0.1
done
refused 1 "$db.*(locked|in use|busy)" "${scan_here[@]}" --pairs 12
echo 'rollback;' >&8
exec 8>&-
wait "$sqlite_pid"
[ "$(sqlite3 "$db" 'select count(*) from scans')" -eq 1 ] || fail "a scan was written in spite of the lock"

echo "-- a database that may not be written"
mkdir "$work/readonly"
cp "$db" "$work/readonly/r.db"
chmod 755 "$work"
chmod 555 "$work/readonly"
chmod 444 "$work/readonly/r.db"
as_nobody=()
[ "$(id -u)" -ne 0 ] || as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
code=0
"${as_nobody[@]}" "$program" --db "$work/readonly/r.db" scan "$zone" --origin "$site" >"$work/out" 2>"$work/err" || code=$?
[ "$code" -eq 1 ] || fail "a read-only database gives exit code $code: $(cat "$work/err")"
grep -q "^origintls: .*$work/readonly/r.db" "$work/err" || fail "a read-only database: $(cat "$work/err")"
chmod 755 "$work/readonly"

echo "-- standard output that takes nothing"
code=0
"$program" --db "$db" report --format json >/dev/full 2>"$work/err" || code=$?
[ "$code" -eq 1 ] || fail "a full device gives exit code $code"
code=0
"$program" --db "$db" report >&- 2>"$work/err" || code=$?
[ "$code" -eq 1 ] || fail "a closed standard output gives exit code $code"
[ "$(sqlite3 "$db" 'pragma integrity_check')" = ok ] || fail "the database was written to as standard output"

stop_lab
# All that was refused was refused before anything was sent.
requests=$(jq -s '[.[] | select(.record == "stats" and .name == "identical") | .connections] | add' "$work/sites")
[ "$requests" = 0 ] || fail "$requests connections reached an origin"
conclude
