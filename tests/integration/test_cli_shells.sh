#!/bin/bash
# What helps at a shell: configuration, its example, completion, and the doctor.
set -euo pipefail
# shellcheck source=tests/integration/cli_lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/cli_lab.sh"

echo "-- config: where a value comes from"
mkdir -p "$XDG_CONFIG_HOME/origintls"
cat >"$XDG_CONFIG_HOME/origintls/origintls.conf" <<'CONF'
rate = 5
[scan]
pairs = 12
header = X-Token: hush
CONF
export ORIGINTLS_MIN_PAIRS=7
run 0 config
grep -qxF "rate = 5 ; $XDG_CONFIG_HOME/origintls/origintls.conf" "$work/out" || fail "rate: $(grep rate "$work/out")"
grep -qxF "min-pairs = 7 ; ORIGINTLS_MIN_PAIRS" "$work/out" || fail "min-pairs: $(grep min-pairs "$work/out")"
grep -qxF "connections = 4 ; default" "$work/out" || fail "connections: $(grep connections "$work/out")"
grep -qF "header = X-Token: (not shown)" "$work/out" || fail "header: $(grep header "$work/out")"
! grep -qF hush "$work/out" || fail "the value of a header is shown"
run 0 --no-progress config --format json
[ "$(jq -r '.settings[] | select(.section == "scan" and .key == "pairs") | .values[0] + " " + .source' "$work/out")" = "12 file" ] ||
    fail "pairs: $(cat "$work/out")"
[ "$(jq -r '.settings[] | select(.section == null and .key == "no-progress") | .source' "$work/out")" = command_line ] ||
    fail "no-progress: $(cat "$work/out")"
unset ORIGINTLS_MIN_PAIRS
rm -r "$XDG_CONFIG_HOME"

echo "-- config --example: every key, and what it says are the defaults"
run 0 config
cp "$work/out" "$work/without"
run 0 config --example
cp "$work/out" "$work/example.conf"
run 0 --config "$work/example.conf" config
diff <(grep -v '^; conf' "$work/without") <(grep -v '^; conf' "$work/out") || fail "the example changes something"
# With every default written out, the values are the same, and come from the file.
sed 's/^#\([a-z-]* = [^A-Z]*\)$/\1/' "$work/example.conf" >"$work/defaults.conf"
[ "$(grep -c '^[a-z-]* = ' "$work/defaults.conf")" -gt 20 ] || fail "the example has no defaults"
run 0 --config "$work/defaults.conf" config
diff <(grep -v '^; conf' "$work/without" | sed 's/ ; .*//') <(grep -v '^; conf' "$work/out" | sed 's/ ; .*//') ||
    fail "a default of the example is not the default"
for key in $(sed -n 's/^\(; \)\{0,1\}\([a-z-]*\) \(=\|is not set\).*/\2/p' "$work/without"); do
    grep -q "^#$key = " "$work/example.conf" || fail "the example does not list $key"
done

echo "-- completion"
for shell in bash zsh fish; do
    run 0 completion "$shell"
    cp "$work/out" "$work/completion.$shell"
    ! command -v "$shell" >/dev/null || "$shell" -n "$work/completion.$shell" || fail "$shell does not read its completion"
done
refused 2 "there is no completion for 'csh'" completion csh
# complete_bash WORD...: what bash offers for the last word.
complete_bash() {
    bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _origintls; printf "%s\n" "${COMPREPLY[@]}"' \
        - "$work/completion.bash" "$@"
}
[ "$(complete_bash origintls exp)" = explain ] || fail "bash: a command"
[ "$(complete_bash origintls scan --min-)" = --min-pairs ] || fail "bash: an option"
[ "$(complete_bash origintls --db x scan example.com --mode full_)" = full_strict ] || fail "bash: a value"
[ "$(complete_bash origintls scan --mode = full_)" = full_strict ] || fail "bash: a value behind ="
[ "$(complete_bash origintls optout imp)" = import ] || fail "bash: a second word"
[ "$(complete_bash origintls report --ver)" = "$(printf '%s\n' --verbose --version)" ] || fail "bash: global options"
[ "$(complete_bash origintls report --format | wc -l)" -ge 1 ] || fail "bash: formats"
if command -v fish >/dev/null; then
    complete_fish() { HOME=$work fish -c "source $work/completion.fish; complete -C '$1'" | cut -f1; }
    [ "$(complete_fish 'origintls exp')" = explain ] || fail "fish: a command"
    [ "$(complete_fish 'origintls scan --min-')" = --min-pairs ] || fail "fish: an option"
    [ "$(complete_fish 'origintls scan --mode full_')" = full_strict ] || fail "fish: a value"
    [ "$(complete_fish 'origintls optout imp')" = import ] || fail "fish: a second word"
fi

echo "-- doctor"
run 0 --db "$db" doctor
for check in roots tls resolver routes files clock database; do
    grep -qE "^(✓|!|✗) $check " "$work/out" || fail "doctor says nothing of $check"
done
grep -q 'is not there yet' "$work/out" || fail "doctor: $(cat "$work/out")"
[ ! -e "$db" ] || fail "the doctor made a database"
printf 'this is no database, but it is long enough to be taken for one\n%.0s' $(seq 20) >"$work/bad.db"
run 4 --db "$work/bad.db" doctor --format json
[ "$(jq -r '.checks[] | select(.name == "database") | .health' "$work/out")" = wrong ] || fail "doctor: $(cat "$work/out")"
jq -e '.checks[] | select(.name == "database") | .remedy | length > 0' "$work/out" >/dev/null || fail "doctor knows no remedy"
(
    ulimit -n 64
    run 0 --db "$db" doctor --format json
    [ "$(jq -r '.checks[] | select(.name == "files") | .health' "$work/out")" = doubtful ] || fail "doctor: $(cat "$work/out")"
    exit "$failures"
) || failures=$((failures + 1))

exit $((failures > 0))
