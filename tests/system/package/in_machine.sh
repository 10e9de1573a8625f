#!/bin/bash
# Runs inside a bare Debian whose first process is systemd: installs /mtg.deb, uses, upgrades, removes and purges it. What
# package_test.py reads is on standard output; the first step that fails ends it.
set -eu
gateway=http://127.0.0.1:9000

step() { echo "== $*"; }
trap 'code=$?; [ $code = 0 ] || { echo "FAILED with $code"; tail -n 20 /var/log/mtg/tenants/*.log; systemctl status --no-pager mtg.service; journalctl -n 60 --no-pager; }' EXIT
answers() { curl -sS -o /dev/null --retry 40 --retry-connrefused --retry-delay 1 --max-time 20 -w '%{http_code}' "$gateway$1"; }
is() { [ "$1" = "$2" ] || { echo "got '$1' instead of '$2'"; return 1; }; }

ip link set lo up 2>/dev/null || true

step install
dpkg -i /mtg.deb
is "$(systemctl is-active mtg.service)" active
is "$(systemctl is-enabled mtg.service)" enabled
is "$(systemctl is-enabled mtg.socket || true)" disabled
is "$(stat -c '%U:%G %a' /etc/mtg/mtg.json)" "root:mtg 640"
is "$(stat -c '%U %a' /var/lib/mtg/tenants)" "mtg 711"
is "$(stat -c '%U %a' /run/mtg)" "mtg 700"
is "$(ps -o user= -C mtg 2>/dev/null || stat -c %U /proc/"$(systemctl show -p MainPID --value mtg)")" mtg

step "a tenant, made by root without a word about where"
mtm add foo
mtm model foo:Customer
is "$(curl -sS -X POST -H 'content-type: application/json' -d '{"name":"Ann"}' $gateway/foo/api/Customers)" '{"name":"Ann","id":1}'
mtm inspect foo
mtg status
mtg doctor || true

step "its walls, as the unit leaves them"
mtm inspect foo --json

step "a program as a tenant"
cat >/usr/local/bin/hello <<'PERL'
#!/usr/bin/perl
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ENV{PORT}, Listen => 9, ReuseAddr => 1) or die "$!";
while (my $client = $server->accept) {
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/; }
    print $client "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    close $client;
}
PERL
chmod 755 /usr/local/bin/hello
mtm add program --command /usr/local/bin/hello --listen port
is "$(curl -sS --max-time 20 $gateway/program)" hello

step reload
systemctl reload mtg.service
is "$(answers /foo/api/Customers)" 200

step "an upgrade loses no request and no row"
(for _ in $(seq 400); do curl -sS -o /dev/null --max-time 20 -w '%{http_code}\n' $gateway/foo/api/Customers || echo none; done >/codes) &
load=$!
dpkg -i /mtg.deb
wait $load
is "$(sort /codes | uniq -c | tr -s ' ')" " 400 200"
is "$(systemctl is-active mtg.service)" active
is "$(curl -sS $gateway/foo/api/Customers)" '[{"name":"Ann","id":1}]'

step "restart by systemd"
systemctl restart mtg.service
is "$(answers /foo/api/Customers)" 200

step "sockets of systemd: the first connection starts the service"
systemctl stop mtg.service
systemctl start mtg.socket
is "$(systemctl is-active mtg.service || true)" inactive
is "$(answers /foo/api/Customers)" 200
is "$(systemctl is-active mtg.service)" active
mtg restart
is "$(answers /foo/api/Customers)" 200
systemctl stop mtg.socket mtg.service

step "a broken configuration ends it for good, and says where"
cp /etc/mtg/mtg.json /mtg.json.good
echo '{"lsten": 1}' >/etc/mtg/mtg.json
systemctl start mtg.service && exit 1
is "$(systemctl show -p NRestarts --value mtg.service)" 0
journalctl -u mtg.service --no-pager | grep -F "unknown key 'lsten'" || journalctl -u mtg.service --no-pager | grep -F lsten
cat /mtg.json.good >/etc/mtg/mtg.json
systemctl reset-failed mtg.service
systemctl start mtg.service
is "$(answers /foo/api/Customers)" 200

step "it holds what systemd can check"
systemd-analyze verify --man=no /lib/systemd/system/mtg.service /lib/systemd/system/mtg.socket
systemd-analyze security --no-pager mtg.service | tail -n 1

step "remove keeps what tenants have"
dpkg -r mtg
is "$(systemctl is-active mtg.service || true)" inactive
[ -f /etc/mtg/mtg.json ] && [ -d /var/lib/mtg/tenants/foo ]
[ ! -e /usr/bin/mtg ]
dpkg -i /mtg.deb
is "$(answers /foo/api/Customers)" 200
is "$(curl -sS $gateway/foo/api/Customers)" '[{"name":"Ann","id":1}]'

step "purge leaves nothing but the user"
dpkg -P mtg
for left in /etc/mtg /var/lib/mtg /var/log/mtg /run/mtg /usr/share/mtg /etc/logrotate.d/mtg /lib/systemd/system/mtg.service; do
    [ ! -e $left ] || { echo "left: $left"; exit 1; }
done
is "$(find /etc/systemd /var/lib/systemd -name 'mtg.*' | wc -l)" 0
getent passwd mtg
step done
