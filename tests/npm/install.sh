#!/bin/sh
# install.sh FOLDER [SOURCE]: installs the packages that are locked in SOURCE (default: here) into FOLDER, once. Exit 77
# (skipped) where that cannot be done: no node, or no network. Not what those packages are plugged into: one is there for
# its data alone.
set -eu
folder=$1
here=${2:-$(cd "$(dirname "$0")" && pwd)}
command -v node >/dev/null && command -v npm >/dev/null || { echo "skipped: node and npm are not installed"; exit 77; }
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
if cmp -s "$here/package-lock.json" "$folder/installed-lock.json"; then
  exit 0
fi
cp "$here/package.json" "$here/package-lock.json" "$folder/"
if ! (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --legacy-peer-deps --fetch-retries=1 --fetch-timeout=20000 >npm.log 2>&1)
then
  echo "skipped: the packages could not be fetched (see $folder/npm.log)"
  exit 77
fi
cp "$here/package-lock.json" "$folder/installed-lock.json"
