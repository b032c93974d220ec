# What the tests of a fleet in trouble share; to be sourced. Leaves $origintls, $folder (a folder that goes with the
# test) and $database, and functions that look into it.

origintls=$1
folder=$(mktemp -d)
database=$folder/fleet.db
clean_up() {
    umount "$folder/disk" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT
unset ORIGINTLS_DB ORIGINTLS_CONFIG
export XDG_CONFIG_HOME=$folder/config XDG_STATE_HOME=$folder/state

die() {
    echo "FAIL: $*" >&2
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# in_namespaces SCRIPT ARGUMENT...: runs the script once more where it may mount and has no network but loopback.
in_namespaces() {
    if [ -n "${IN_NAMESPACES:-}" ]; then
        ip link set lo up
        return
    fi
    unshare -rmn true 2>/dev/null || skip "no namespaces of one's own are allowed here"
    rm -rf "$folder"
    IN_NAMESPACES=1 exec unshare -rmn "$@"
}

# zones N: an inventory of N zones at whose addresses nothing listens on ports 1 and 2.
zones() {
    awk -v zones="$1" -v net="${2:-127.6}" 'BEGIN {
        print "zone,hostname,address,http_port,https_port"
        for (i = 0; i < zones; i++)
            printf "z%d.example,www.z%d.example,%s.%d.%d,1,2\n", i, i, net, i / 250, i % 250 + 1
    }'
}

sql() { sqlite3 -cmd '.timeout 20000' "$database" "$1"; }

expect() { # SENTENCE QUERY VALUE
    local value
    value=$(sql "$2")
    [ "$value" = "$3" ] || die "$1: $value instead of $3"
}

expect_code() { # EXPECTED ACTUAL WHAT
    [ "$2" -eq "$1" ] || die "exit code $2 instead of $1: $3"
}

expect_text() { # FILE PATTERN
    grep -qE -- "$2" "$1" || die "no /$2/ in: $(cat "$1")"
}

# Each of N zones has exactly one recorded scan, nobody has any, and the database and its ledger are whole.
expect_each_once() {
    expect "integrity" "PRAGMA integrity_check" ok
    expect "zones with one scan" "SELECT count(*) FROM (SELECT 1 FROM scans GROUP BY zone HAVING count(*) = 1)" "$1"
    expect "recorded scans" "SELECT count(*) FROM scans" "$1"
    expect "zones that somebody still has" "SELECT count(*) FROM fleet WHERE run IS NOT NULL" 0
    "$origintls" --db "$database" ledger verify >/dev/null || die "the ledger is not whole"
}

# wait_for SENTENCE COMMAND...: until it is true, ten seconds at most.
wait_for() {
    local what=$1
    shift
    for _ in $(seq 100); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    die "waited in vain: $what ($(cat "$folder/err" 2>/dev/null))"
}

has_scans() { [ "$(sql 'SELECT count(*) FROM scans')" -gt "${1:-0}" ]; }
