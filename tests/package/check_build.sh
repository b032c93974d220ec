#!/bin/bash
# check_build.sh SOURCE_FOLDER: runs the commands by which README.md builds and installs the program, and the demonstration,
# in a home of its own. What was built before is taken as it is.
set -euo pipefail
cd "$1"
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
count=0
while IFS= read -r command; do
    HOME=$home bash -c "$command" >"$home/log" 2>&1 || { echo "failed: $command"; tail -n 20 "$home/log"; exit 1; }
    count=$((count + 1))
done < <(sed -n '/^## Build/,/^The program is/s/^    //p' README.md)
[ "$count" -ge 3 ] || { echo "README.md does not say how to build"; exit 1; }
for path in bin/origintls share/man/man1/origintls.1.gz share/man/man5/origintls.conf.5.gz \
    share/bash-completion/completions/origintls share/zsh/vendor-completions/_origintls \
    share/fish/vendor_completions.d/origintls.fish share/doc/origintls/examples/origintls.conf; do
    [ -s "$home/.local/$path" ] || { echo "installing has left out $path"; exit 1; }
done
[ "$("$home/.local/bin/origintls" --version)" = "$(build/release/cli/origintls --version)" ] || { echo "the wrong program"; exit 1; }
HOME=$home scripts/demo --no-progress --only identical,self-signed,https-closed >"$home/demo"
grep -q '3 as expected, 0 not' "$home/demo" || { tail -n 5 "$home/demo"; exit 1; }
echo "README.md builds, installs and shows the program"
