#!/bin/sh
# time_page.sh FOLDER ORIGINTLS MAKE_STORE: pages of 20,000, 50,000 and 200,000 zones in a browser, with packages in FOLDER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/install.sh" "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$3" "$work/reports.db" 200000
for zones in 20000 50000 200000; do
  "$2" --db "$work/reports.db" report --format html --page-hostnames "$zones" --output "$work/$zones.html"
done
node "$here/time_page.mjs" "$1" "$work/20000.html" "$work/50000.html" "$work/200000.html"
