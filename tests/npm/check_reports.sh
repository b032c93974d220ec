#!/bin/sh
# check_reports.sh FOLDER PROGRAM SCHEMAS: validates what PROGRAM prints against the schemas, with packages in FOLDER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/install.sh" "$1"
"$2" | node "$here/check_reports.mjs" "$1" "$3"
