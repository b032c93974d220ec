#!/bin/sh
# check_commands.sh FOLDER ORIGINTLS ORIGINTLS_LAB SCHEMAS: validates what each command prints, with packages in FOLDER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/install.sh" "$1"
exec node "$here/check_commands.mjs" "$1" "$4" "$2" "$3"
