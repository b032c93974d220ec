#!/bin/bash
# What a fleet run shows while it runs: one line that replaces itself on a terminal, a line every ten seconds elsewhere,
# lines that logfmt and JSON parsers read whatever stands in them, and metrics that promtool takes at any moment.
# Usage: test_fleet_seen.sh ORIGINTLS
set -euo pipefail
# shellcheck source=tests/integration/fleet_trouble.sh
source "$(dirname "${BASH_SOURCE[0]}")/fleet_trouble.sh"
# Whatever runs this test may have none, or a dumb one, on which nothing is drawn.
export TERM=xterm
zones 240 >"$folder/fleet.csv"
"$origintls" --db "$database" fleet import "$folder/fleet.csv" >/dev/null
run="'$origintls' --db '$database' fleet run --loops 2 --zones-per-loop 10 --rate 8"

echo "-- a terminal of 80 columns"
script -qec "stty cols 80; $run 2>$folder/tty-is-not-here; true" /dev/null >/dev/null
[ -s "$folder/tty-is-not-here" ] && expect_text "$folder/tty-is-not-here" '^origintls: [0-9]+/240 zones \('
sql "UPDATE fleet SET due_at = 0"
script -qec "stty cols 80; $run" "$folder/typescript" >/dev/null
tr '\r' '\n' <"$folder/typescript" | sed 's/\x1b\[K//g' | grep -E '^[0-9]+/240 zones \(' >"$folder/lines" || die "no status line: $(cat -v "$folder/typescript")"
lines=$(wc -l <"$folder/lines")
seconds=$(grep -oE 'zones scanned in [0-9]+' "$folder/typescript" | grep -oE '[0-9]+$')
[ "$lines" -ge $((seconds / 2)) ] && [ "$lines" -le $((seconds + 1)) ] || die "$lines lines in $seconds s"
expect_text "$folder/lines" '^[0-9]+/240 zones \([0-9.]+/s\), [0-9]+ requests/s, [0-9]+ in flight, ETA ([0-9.]+ (s|min)|unknown)(, [0-9]+ incomplete)?'
expect_text "$folder/lines" ', [0-9]+ incomplete'
[ "$(awk '{ if (length > 79) print }' "$folder/lines")" = "" ] || die "a line is wider than the terminal"
tail -c 200 "$folder/typescript" | grep -q '240 zones scanned in' || die "the end: $(tail -c 200 "$folder/typescript" | cat -v)"

echo "-- a file: a line every ten seconds, and the formats"
zones 800 >"$folder/fleet.csv"
for format in text logfmt json; do
    "$origintls" --db "$folder/$format.db" fleet import "$folder/fleet.csv" >/dev/null
    "$origintls" --db "$folder/$format.db" fleet run --loops 1 --zones-per-loop 20 --log-format $format >"$folder/out" 2>"$folder/err.$format" &
done
wait
expect_text "$folder/err.text" '^origintls: [0-9]+/800 zones \(.*in flight, ETA'
[ "$(wc -l <"$folder/err.text")" -le 20 ] || die "$(cat "$folder/err.text")"
jq -es 'length >= 1 and all(.message == "progress" and .total == 800 and .in_flight > 0 and .level == "info" and (.time | fromdate > 0))' \
    <"$folder/err.json" >/dev/null || die "$(cat "$folder/err.json")"
expect_text "$folder/err.logfmt" '^time=[0-9TZ:-]+ level=info message="progress" done=[0-9]+ total=800 zones_per_second=[0-9.]+ .*incomplete=[0-9]+'

echo "-- errors with quotes, control characters and bytes that are no text"
awkward=$folder/$'a"b\\c=d \x1b[31m\n\xff\xc3'
mkdir "$awkward"
for format in logfmt json; do
    for arguments in "--db '$awkward' fleet run --log-format $format" \
        "--db '$database' fleet run --log-format $format --metrics '$awkward/none/metrics'" \
        "--db '$database' fleet run --log-format $format --ca-file '$awkward'"; do
        if eval "'$origintls' $arguments" >"$folder/out" 2>"$folder/err"; then die "no error: $arguments"; fi
        [ "$(wc -l <"$folder/err")" -eq 1 ] || die "more than a line: $(cat -v "$folder/err")"
        iconv -f utf-8 -t utf-8 "$folder/err" >/dev/null 2>&1 || die "no UTF-8: $(cat -v "$folder/err")"
        ! grep -q $'\x1b' "$folder/err" || die "an escape sequence: $(cat -v "$folder/err")"
        if [ "$format" = json ]; then
            jq -e '.level == "error" and (.message | length > 0)' "$folder/err" >/dev/null || die "$(cat -v "$folder/err")"
        else
            grep -qE '^time=[^ ]+ level=error message="([^"\\]|\\.)*"$' "$folder/err" || die "$(cat -v "$folder/err")"
        fi
    done
done

echo "-- metrics"
sql "UPDATE fleet SET due_at = 0"
eval "$run -q --metrics '$folder/fleet.prom'" >"$folder/out" 2>"$folder/err" &
pid=$!
looked=0
while kill -0 $pid 2>/dev/null; do
    if cp "$folder/fleet.prom" "$folder/seen.prom" 2>/dev/null; then
        promtool check metrics <"$folder/seen.prom" >"$folder/promtool" 2>&1 || die "$(cat "$folder/promtool")"
        [ ! -s "$folder/promtool" ] || die "promtool says: $(cat "$folder/promtool")"
        looked=$((looked + 1))
    fi
    sleep 0.1
done
wait $pid
[ $looked -ge 10 ] || die "looked only $looked times"
expect_text "$folder/fleet.prom" '^origintls_fleet_zones_total\{status="incomplete"\} 240$'
[ "$(find "$folder" -name '.fleet.prom*' | wc -l)" -eq 0 ] || die "files were left behind"
expect "integrity" "PRAGMA integrity_check" ok
echo "all good: $lines status lines in $seconds s, $looked looks at the metrics"
