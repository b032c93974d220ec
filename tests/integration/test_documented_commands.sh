#!/bin/bash
# Runs the commands of documents that are not a session from beginning to end: every indented line that begins with
# origintls or nginx, in its order, with a zone of the lab for example.com and an nginx of its own.
# Usage: test_documented_commands.sh ORIGINTLS ORIGINTLS_LAB DOCUMENT..., with absolute paths
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/integration/cli_lab.sh
source "$here/cli_lab.sh"
shift 2

start_lab identical
site() { jq -r "select(.record == \"site\" and .name == \"identical\") | .$1" "$work/sites"; }
zone=$(site zone)
hostname=$(site hostname)
mkdir -p "$work/bin"
ln -s "$(realpath "$program")" "$work/bin/origintls"
nginx=$(command -v nginx) || { echo "nginx is not installed: scripts/install-dependencies test" >&2; exit 1; }
printf '#!/bin/sh\nexec %s -p %s/nginx -c nginx.conf "$@"\n' "$nginx" "$work" >"$work/bin/nginx"
chmod 755 "$work/bin/nginx"
export PATH=$work/bin:$PATH ORIGINTLS_CA_FILE=$work/ca.pem ORIGINTLS_RATE=500
nginx_pid=
trap '[ -z "$nginx_pid" ] || kill "$nginx_pid"; finish' EXIT

# The edge of a reader, who has included what origintls will write.
start_nginx() {
    mkdir -p "$work/nginx/origintls.d/$hostname"
    echo "listen unix:$work/nginx/edge.sock;" >"$work/nginx/origintls.d/$hostname/edge.conf"
    : >"$work/nginx/origintls.conf"
    cat >"$work/nginx/nginx.conf" <<END
daemon off;
pid $work/nginx/nginx.pid;
error_log $work/nginx/error.log;
events {}
http {
    client_body_temp_path $work/nginx/body;
    proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi;
    scgi_temp_path $work/nginx/scgi;
    access_log off;
    include $work/nginx/origintls.conf;
}
END
    chmod -R a+rX "$work"
    nginx 2>>"$work/nginx/error.log" &
    nginx_pid=$!
    for _ in $(seq 100); do
        [ ! -s "$work/nginx/nginx.pid" ] || return 0
        sleep 0.05
    done
    fail "nginx did not start: $(tail -n 3 "$work/nginx/error.log")"
}

# What the edge has seen since the rollout began, which the reader would have counted; times are whole seconds.
write_observations() {
    sleep 1.1
    origintls upgrade list --format ndjson | jq -c '{zone, hostname, from, to, percent, start: .step_since,
        end: (now | todate), candidate: {requests: 40, tls_errors: 0, connect_errors: 0, http_5xx: 0},
        control: {requests: 4000, tls_errors: 0, connect_errors: 0, http_5xx: 3}}' >observations.ndjson
}

# As in the document, but for the zone, its origin and where nginx keeps its files.
adapted() {
    sed -e "s#www.example.com=192.0.2.10#$(origin identical)#g" -e "s#www.example.com#$hostname#g" \
        -e "s#example.com#$zone#g" -e "s#/etc/nginx/#$work/nginx/#g" <<<"$1"
}

run_document() {
    local document=$1 command count=0
    mkdir "$work/$(basename "$document")"
    cd "$work/$(basename "$document")"
    export HOME=$PWD XDG_STATE_HOME=$PWD/state XDG_CONFIG_HOME=$PWD/config
    while IFS= read -r command; do
        case $command in
        *'upgrade observe'*) write_observations ;;
        esac
        if ! bash -o pipefail -c "$(adapted "$command")" >"$work/out" 2>"$work/err" </dev/null; then
            fail "$document: $command: $(head -c 400 "$work/err")"
        fi
        count=$((count + 1))
    done < <(sed -n 's/^    \(\$ \)\{0,1\}\(\(origintls\|nginx\) .*\)/\2/p' "$document")
    [ "$count" -ge 5 ] || fail "$document has only $count commands"
    grep -q "$hostname" "$work/nginx/origintls.conf" || fail "$document: nothing was exported"
    : >"$work/nginx/origintls.conf"
    [ "$(origintls upgrade list --format ndjson | jq -r .state)" = rolled_back ] || fail "$document: $(origintls upgrade list)"
}

start_nginx
for document in "$@"; do
    run_document "$document"
done
exit $((failures > 0))
