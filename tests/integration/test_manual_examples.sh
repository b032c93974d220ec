#!/bin/bash
# Runs every example of origintls(1) as it stands there; the addresses are those of an origin of the lab. An example may
# get no verdict or the answer no (the lab does not serve example.com), but it is no wrong usage and no failure.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/integration/cli_lab.sh
source "$here/cli_lab.sh"

start_lab identical
address=$(origin identical)
address=${address#*=}
ln -s "$(realpath "$program")" "$work/origintls"
cp "$work/ca.pem" "$work/private.pem"
cp "$work/ca.pem" "$work/chain.pem"
export PATH=$work:$PATH ORIGINTLS_RATE=500
cd "$work"
examples=0
while IFS= read -r command; do
    command=${command//'[2001:db8::10]:8080:8443'/$address}
    command=${command//192.0.2.10/$address}
    code=0
    bash -c "$command" >"$work/out" 2>"$work/err" </dev/null || code=$?
    case $code in
    0 | 3 | 4) ;;
    *) fail "exit code $code: $command ($(head -c 300 "$work/err"))" ;;
    esac
    examples=$((examples + 1))
done < <(sed -n '/^# EXAMPLES/,$s/^\torigintls/origintls/p' "$here/../../docs/origintls.1.scd" | sed 's/\\\(.\)/\1/g')
[ "$examples" -ge 8 ] || fail "only $examples examples were found"
[ -s report.html ] && [ -s origintls.prom ] || fail "the examples have written no reports"
exit $((failures > 0))
