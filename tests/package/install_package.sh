#!/bin/bash
# install_package.sh BUILD_FOLDER [MIRROR]: installs the Debian package into a folder of its own, made by debootstrap, and
# runs it there: the demonstration, a scan, what the units run, and, where systemd-nspawn can start that system, the timers
# as the guides enable them. Needs root and a mirror (that of this machine unless it is named); says skipped where they are
# not.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
mirror=${2:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sed -n 1p)}
[ "$(id -u)" -eq 0 ] || { echo "skipped: this needs root"; exit 0; }
command -v debootstrap >/dev/null || { echo "skipped: debootstrap is not installed"; exit 0; }
package=$(ls "$build"/packages/*.deb)
root=$(mktemp -d)
chmod 755 "$root"
# /proc is the only thing that is mounted there.
finish() {
    umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$root"
}
trap finish EXIT
if ! debootstrap --variant=minbase bookworm "$root" "$mirror" >"$build/debootstrap.log" 2>&1; then
    tail -n 5 "$build/debootstrap.log"
    echo "skipped: no system could be made from $mirror"
    exit 0
fi
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
mount -t proc proc "$root/proc"
cp "$package" "$root/origintls.deb"
inside apt-get -qq update
inside apt-get -qq install -y --no-install-recommends /origintls.deb >"$build/install.log" 2>&1 || { tail -n 20 "$build/install.log"; exit 1; }

inside id origintls
[ "$(inside stat -c '%U %a' /var/lib/origintls)" = "origintls 750" ] || { echo "the state directory is not as it should be"; exit 1; }
inside origintls --version
inside origintls doctor || [ $? -eq 4 ]
inside origintls demo --only identical,self-signed,https-closed --db /root/demo.db --no-progress | tail -n 3
inside origintls --db /root/demo.db explain identical.lab.test | head -n 12
as_service() { inside su -s /bin/sh origintls -c "ORIGINTLS_DB=/var/lib/origintls/origintls.db $*"; }
# Nothing listens there: no verdict is the right answer.
code=0
as_service "origintls scan example.com --origin example.com=127.0.0.1:1:1 --format json" >"$root/scan.json" || code=$?
[ "$code" -eq 3 ] && grep -q '"unreachable"' "$root/scan.json" || { echo "scan: exit code $code"; exit 1; }
while read -r command; do
    as_service "$command"
done < <(sed -n 's/^ExecStart=\/usr\/bin\/\(origintls report .*\)/\1/p' "$root/lib/systemd/system/origintls-report.service")
[ -s "$root/var/lib/origintls/report.html" ] && [ -s "$root/var/lib/origintls/origintls.prom" ] || { echo "no reports"; exit 1; }
umount "$root/proc"
"$here/boot_package.sh" "$root" "$here/../../docs/first-hour.md"
mount -t proc proc "$root/proc"
inside apt-get -qq purge -y origintls >>"$build/install.log" 2>&1
[ ! -e "$root/var/lib/origintls" ] && [ ! -e "$root/usr/bin/origintls" ] || { echo "purging leaves something behind"; exit 1; }
echo "the package installs, runs and goes"
