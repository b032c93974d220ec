#!/bin/bash
# Opt-outs from the command line: kept, shown, honoured by the next scan, taken back; and never half an import.
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

start_lab identical,uniform,small
o=(--db "$db" optout)
scan() {
    local expected=$1 name=$2
    shift 2
    run "$expected" --db "$db" scan "$name.lab.test" --origin "$(origin "$name")" --rate 500 --pairs 12 \
        --ca-file "$work/ca.pem" --format json "$@"
}
status() { jq -r .status "$work/out"; }

echo "-- without a database"
run 4 "${o[@]}" check a.test
refused 2 'no database at' "${o[@]}" list
[ ! -e "$db" ] || fail "looking made a database"

echo "-- add, list, check"
run 0 "${o[@]}" add Uniform.Lab.Test --reason 'asked by mail' --expires 2999-12-31
run 0 "${o[@]}" add host:small.lab.test
run 0 "${o[@]}" add 192.0.2.0/24 --source 'ticket 7'
run 0 "${o[@]}" add bücher.example --expires 2020-01-01
run 0 "${o[@]}" list
cp "$work/out" "$work/listed"
[ "$(wc -l <"$work/listed")" -eq 4 ] || fail "list: $(cat "$work/listed")"
grep -qF 'uniform.lab.test expires=2999-12-31 reason="asked by mail" # command line' "$work/listed" || fail "list: $(cat "$work/listed")"
run 0 "${o[@]}" check www.uniform.lab.test
grep -q 'opted out by uniform.lab.test until 2999-12-31 (command line): asked by mail' "$work/out" || fail "$(cat "$work/out")"
run 0 "${o[@]}" check SMALL.lab.test
run 4 "${o[@]}" check www.small.lab.test
run 0 "${o[@]}" check 192.0.2.77 --format json
[ "$(jq -r '.opted_out, .entry, .source' "$work/out" | tr '\n' ' ')" = 'true 192.0.2.0/24 ticket 7 ' ] || fail "$(cat "$work/out")"
run 4 "${o[@]}" check ::1
run 4 "${o[@]}" check xn--bcher-kva.example
refused 2 'neither an address nor a name' "${o[@]}" check 'a b'
run 0 "${o[@]}" list --format json
[ "$(jq '.opt_outs | length' "$work/out")" = 4 ] || fail "list as json"

echo "-- refused, and nothing changed"
refused 2 "'http://a/'" "${o[@]}" add http://a/
refused 2 'option --expires' "${o[@]}" add a.test --expires 2027-02-30
refused 2 'option --reason' "${o[@]}" add a.test --reason 'say "no"'
refused 2 'not among the opt-outs' "${o[@]}" remove a.test
printf 'a.test\nb.test expires=never\nc.test\n' >"$work/bad.list"
refused 2 'bad.list:2' "${o[@]}" import "$work/bad.list"
refused 2 'is not a whole command' optout
refused 2 "unknown command 'optout ad'; did you mean 'optout add'" optout ad
refused 2 "unknown command 'scna'; did you mean 'scan'" help scna
run 0 "${o[@]}" list
cmp -s "$work/out" "$work/listed" || fail "something was written half"

echo "-- honoured"
scan 3 uniform
[ "$(status)" = opted_out ] || fail "uniform is $(status)"
scan 3 small
[ "$(status)" = opted_out ] || fail "small is $(status)"
scan 0 identical
address=$(origin identical | sed 's/.*=//; s/:.*//')
run 0 "${o[@]}" add "$address"
scan 3 identical
[ "$(status)" = opted_out ] || fail "identical is $(status)"
[ "$(jq .cost.connections "$work/out")" = 0 ] || fail "an opted-out address was asked"

echo "-- taken back, and imported again"
run 0 "${o[@]}" remove "$address"
scan 0 identical
run 0 "${o[@]}" remove Host:SMALL.lab.test
run 0 "${o[@]}" remove uniform.lab.test
run 4 "${o[@]}" check uniform.lab.test
run 0 "${o[@]}" import "$work/listed"
run 0 "${o[@]}" check uniform.lab.test
run 0 "${o[@]}" check small.lab.test
printf '\xef\xbb\xbfmore.test\r\n' | "$program" "${o[@]}" import - || fail "import from standard input"
run 0 "${o[@]}" check more.test

stop_lab
for name in uniform small; do
    seen=$(jq -s --arg name "$name" '[.[] | select(.record == "stats" and .name == $name) | .connections] | add' "$work/sites")
    [ "$seen" = 0 ] || fail "$seen connections reached $name"
done
conclude
