# What the tests of the command line share; to be sourced. Usage of the tests: TEST ORIGINTLS ORIGINTLS_LAB
# Leaves $work (a folder that goes with the test), $program, and functions to start the lab and to run the program.

program=$1
lab=$2
work=$(mktemp -d)
db=$work/origintls.db
failures=0
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
unset ORIGINTLS_DB ORIGINTLS_CONFIG NO_COLOR

finish() {
    stop_lab
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "FAIL: $*" >&2
    failures=$((failures + 1))
}

# start_lab SITES: serves them until stop_lab; their descriptions are in $work/sites, the root in $work/ca.pem.
start_lab() {
    mkfifo "$work/lab-input"
    "$lab" --only "$1" --ca-file "$work/ca.pem" --client-file "$work/client.pem" <"$work/lab-input" >"$work/sites" &
    lab_pid=$!
    exec 9>"$work/lab-input"
    for _ in $(seq 100); do
        [ "$(grep -c '"record":"site"' "$work/sites" || true)" -gt 0 ] && grep -q '"name":"canary"' "$work/sites" && return
        sleep 0.1
    done
    echo "the lab did not start" >&2
    exit 1
}

# What the lab's origins have seen is in $work/sites afterwards.
stop_lab() {
    [ -n "${lab_pid:-}" ] || return 0
    exec 9>&-
    wait "$lab_pid" || fail "the lab ended with $?"
    lab_pid=
    rm -f "$work/lab-input"
}

# origin SITE: the value of --origin by which it is reached.
origin() {
    jq -r --arg name "$1" 'select(.record == "site" and .name == $name) | .origin_option' "$work/sites"
}

# run EXPECTED_CODE ARGUMENT...: output in $work/out and $work/err.
run() {
    local expected=$1 code=0
    shift
    "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    [ "$code" -eq "$expected" ] || fail "exit code $code instead of $expected: $* ($(head -c 300 "$work/err"))"
}

# refused EXPECTED_CODE PATTERN ARGUMENT...: one line on standard error that matches, and nothing on standard output.
refused() {
    local expected=$1 pattern=$2
    shift 2
    run "$expected" "$@"
    [ "$(wc -l <"$work/err")" -eq 1 ] || fail "$(wc -l <"$work/err") lines on standard error: $*"
    grep -q '^origintls: ' "$work/err" || fail "the error does not name the program: $* ($(cat "$work/err"))"
    grep -qE -- "$pattern" "$work/err" || fail "no /$pattern/ in: $(cat "$work/err")"
    [ ! -s "$work/out" ] || fail "something on standard output: $*"
}

conclude() {
    [ "$failures" -eq 0 ] || { echo "$failures failures" >&2; exit 1; }
    echo "all good"
}
