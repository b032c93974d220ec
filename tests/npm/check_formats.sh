#!/bin/sh
# check_formats.sh FOLDER ORIGINTLS MAKE_STORE SCHEMAS: every format of the report by its own reader, with packages in FOLDER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/install.sh" "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$3" "$work/reports.db" 100
node "$here/check_formats.mjs" "$1" "$2" "$work/reports.db" "$4"
