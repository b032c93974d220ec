#!/bin/sh
# screenshots.sh FOLDER ORIGINTLS MAKE_STORE OUTPUT: pictures of a report over a made-up database, with packages in FOLDER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/install.sh" "$1"
mkdir -p "$4"
rm -f "$4/reports.db"*
"$3" "$4/reports.db" 2000
"$2" --db "$4/reports.db" report --format html --at 2026-11-24T06:00:00Z --output "$4/report.html"
exec node "$here/screenshots.mjs" "$1" "$4/report.html" "$4"
