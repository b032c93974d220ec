#!/bin/bash
# Runs every command of docs/first-hour.md, in its order, against an origin of the lab.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/integration/cli_lab.sh
source "$here/cli_lab.sh"
guide=$here/../../docs/first-hour.md

start_lab identical
site() { jq -r "select(.record == \"site\" and .name == \"identical\") | .$1" "$work/sites"; }
ln -s "$(realpath "$program")" "$work/origintls"
mkdir "$work/home"
unset XDG_CONFIG_HOME XDG_STATE_HOME
{
    echo "cd '$work/home'; export HOME='$work/home' PATH='$work:$PATH' ORIGINTLS_CA_FILE='$work/ca.pem' ORIGINTLS_RATE=500"
    echo 'check() { [ "$2" -eq "$1" ] || { echo "FAIL: exit code $2 instead of $1: $3" >&2; exit 1; }; }'
    while IFS= read -r command; do
        expected=0
        if [[ $command =~ ^(.*[^\ ])\ +#\ exits\ with\ ([0-9]+)$ ]]; then
            command=${BASH_REMATCH[1]}
            expected=${BASH_REMATCH[2]}
        fi
        # The reader's own zone is one of the lab here.
        if [[ $command == ZONE=* ]]; then
            command="ZONE=$(site zone) NAME=$(site hostname) ADDRESS=$(site address) HTTP_PORT=$(site http_port) HTTPS_PORT=$(site https_port)"
        fi
        printf '%s\ncheck %s $? %q\n' "$command" "$expected" "$command"
    done < <(sed -n 's/^    \$ //p' "$guide")
} >"$work/session"
[ "$(grep -c ^check "$work/session")" -gt 20 ] || fail "the guide has no commands"
bash "$work/session" >"$work/out" 2>"$work/err" || fail "$(tail -n 5 "$work/err") $(tail -n 5 "$work/out")"

[ "$(jq -r '.hostnames[0].recommended_mode' "$work/home/explain.json")" = full_strict ] || fail "explain: $(cat "$work/home/explain.json")"
grep -q '</html>' "$work/home/report.html" || fail "there is no report"
grep -q '^origintls_zones 1$' "$work/home/origintls.prom" || fail "there are no metrics"
grep -q '<testcase' "$work/home/report.xml" || fail "there are no test cases"
grep -q 'New recommendations: 1' "$work/out" || fail "nothing has changed: $(cat "$work/out")"
grep -q 'ramping' "$work/out" || fail "no rollout was opened"
grep -q 'The ledger is whole' "$work/out" || fail "the ledger is not whole"
exit $((failures > 0))
