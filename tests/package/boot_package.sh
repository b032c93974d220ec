#!/bin/bash
# boot_package.sh ROOT GUIDE: starts the system in ROOT, in which the package is installed, with its own systemd, enables the
# timers by the line of GUIDE that says how, and lets the services run once. It has no network but its own loopback.
set -euo pipefail
root=$1
guide=$2
command -v systemd-nspawn >/dev/null || { echo "skipped: systemd-nspawn is not installed"; exit 0; }
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends systemd-sysv >"$root/boot.log" 2>&1 ||
    { tail -n 20 "$root/boot.log"; exit 1; }
enable=$(sed -n 's/.*`\(systemctl enable --now [^`]*\)`.*/\1/p' "$guide")
[ -n "$enable" ] || { echo "the guide does not say how to enable the timers"; exit 1; }
cat >"$root/trial.sh" <<TRIAL
#!/bin/sh
set -e
trap '[ \$? -eq 0 ] || journalctl -q --no-pager -n 40 >>/trial.out' EXIT
exec >/trial.out 2>&1
$enable
systemctl is-active origintls-fleet.timer origintls-report.timer
# Nothing listens there.
printf 'zone,hostname,address,http_port,https_port\nexample.com,example.com,127.0.0.1,1,1\n' >/run/inventory.csv
su -s /bin/sh origintls -c 'origintls --db /var/lib/origintls/origintls.db fleet import /run/inventory.csv'
rm -f /var/lib/origintls/report.html
systemctl start origintls-fleet.service
systemctl start origintls-report.service
grep -q 'example.com' /var/lib/origintls/report.html
systemctl show -P Result origintls-fleet.service origintls-report.service
su -s /bin/sh origintls -c 'origintls --db /var/lib/origintls/origintls.db fleet status'
echo whole
TRIAL
chmod 755 "$root/trial.sh"
options=(--quiet --private-network --directory "$root" --boot)
[ -d /run/systemd/system ] || options+=(--register=no --keep-unit)
timeout 120 systemd-nspawn "${options[@]}" systemd.run=/trial.sh systemd.run_success_action=exit-force \
    systemd.run_failure_action=exit-force </dev/null >>"$root/boot.log" 2>&1 || true
if ! grep -qsx whole "$root/trial.out"; then
    [ -e "$root/trial.out" ] || { tail -n 3 "$root/boot.log"; echo "skipped: no system can be started here"; exit 0; }
    cat "$root/trial.out"
    echo "the units do not run"
    exit 1
fi
cat "$root/trial.out"
