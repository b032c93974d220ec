#!/bin/sh
# check_page.sh FOLDER ORIGINTLS MAKE_STORE ZONES: the HTML report of so many zones in a browser, with packages in FOLDER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/install.sh" "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$3" "$work/reports.db" "$4"
node "$here/check_page.mjs" "$1" "$2" "$work/reports.db"
