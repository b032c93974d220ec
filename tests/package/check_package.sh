#!/bin/bash
# check_package.sh BUILD_FOLDER: makes the Debian package and holds it against lintian. 77: skipped, without the tools.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"
for tool in cpack lintian dpkg-shlibdeps; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
rm -rf packages
cpack -G DEB >cpack.log 2>&1 || { tail -n 30 cpack.log; exit 1; }
package=$(ls packages/*.deb)
findings=$(lintian --allow-root --fail-on none "$package" 2>/dev/null)
[ -z "$findings" ] || { echo "$findings"; exit 1; }
contents=$(dpkg-deb --contents "$package")
for path in usr/bin/origintls usr/share/man/man1/origintls.1.gz usr/share/man/man5/origintls.conf.5.gz \
    usr/share/bash-completion/completions/origintls usr/share/zsh/vendor-completions/_origintls \
    usr/share/fish/vendor_completions.d/origintls.fish usr/share/doc/origintls/examples/origintls.conf \
    lib/systemd/system/origintls-report.timer lib/systemd/system/origintls-fleet.timer; do
    grep -q " \./$path$" <<<"$contents" || { echo "$package lacks $path"; exit 1; }
done
# What the guides say about the timers, with the package in a folder: that they are enabled, and that the units are right.
if command -v systemctl >/dev/null; then
    units=$(mktemp -d)
    trap 'rm -rf "$units"' EXIT
    dpkg-deb --extract "$package" "$units"
    while read -r names; do
        # shellcheck disable=SC2086 # one word a unit
        systemctl --root="$units" --quiet enable $names || exit 1
        for name in $names; do
            [ -L "$units/etc/systemd/system/timers.target.wants/$name" ] || { echo "$name cannot be enabled"; exit 1; }
        done
    done < <(sed -n 's/.*systemctl enable --now \([a-z. -]*[a-z]\).*/\1/p' "$here"/../../docs/*.md "$here"/../../README.md)
    # The program is looked for where it will be installed.
    sed -i "s#/usr/bin/origintls#$units/usr/bin/origintls#" "$units"/lib/systemd/system/*.service
    systemd-analyze --man=no verify "$units"/lib/systemd/system/*.service "$units"/lib/systemd/system/*.timer || exit 1
fi
echo "$package is clean"
