#!/bin/sh
# check_links.sh FOLDER LIST_LINKS: holds the links that we find in the documentation trees of this machine against those that
# parse5 finds, with packages in FOLDER. 77 (skipped) where there is no tree.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
found=
for tree in /usr/share/doc/postgresql-doc-15/html /usr/share/doc/python3.11/html; do
    [ -d "$tree" ] && found="$found $tree"
done
[ -n "$found" ] || { echo "skipped: no documentation tree is installed"; exit 77; }
sh "$here/install.sh" "$1"
# shellcheck disable=SC2086 # one word a tree
exec node "$here/check_links.mjs" "$1" "$2" $found
