#!/bin/sh
# SPDX-License-Identifier: ISC
# `test --probe` in a network of its own, where firewalls drop, IPv6 is broken, name servers
# are gone and clocks are wrong: it says which, and names the port that would do. As root.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
[ -n "${INSIDE-}" ] || INSIDE=1 exec unshare --net --mount "$0" "$@"
export CERT_NAMES='DNS:*.mail.test,DNS:smtp.gmail.com,IP:::1'
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
SERVER=
leave() {
    [ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || true
    work_end
}
trap leave EXIT
work_begin

# ---- the network: a host for each case
ip link set lo up
hosts='127.0.0.1 localhost'
n=0
host() { # host NAME [V6]: 192.0.2.N, the next
    n=$((n + 1))
    ip addr add "192.0.2.$n/32" dev lo
    hosts="$hosts
192.0.2.$n $1.mail.test"
    [ -z "${2-}" ] || {
        ip addr add "2001:db8::$n/128" dev lo nodad
        hosts="$hosts
2001:db8::$n $1.mail.test"
    }
}
nft -f - <<EOF
table inet t {
    set dropped { type ipv4_addr . inet_service; }
    set gone { type ipv4_addr; }
    chain i {
        type filter hook input priority 0;
        ip daddr . tcp dport @dropped drop
        ip daddr @gone drop
        ip6 daddr 2001:db8::/32 meta l4proto tcp drop
    }
}
EOF
drop() { # drop PORT...: on the host made last
    for port; do nft add element inet t dropped "{ 192.0.2.$n . $port }"; done
}
serve() { # serve PORT WHAT
    servers="$servers 192.0.2.$n,$1,$2"
}
servers=
host port && drop 587 2525 && serve 465 implicit
host blocked && drop 465 587 2525 && serve 443 open
host dead && nft add element inet t gone "{ 192.0.2.$n }"
host refused
host six v6 && serve 587 starttls
host tls && serve 587 implicit
host clear-first && serve 465 starttls
host strange && serve 465 implicit:selfsigned
host clock && serve 587 dated
host expired && serve 587 starttls:expired
host name && serve 587 starttls:wronghost
host busy && serve 587 busy
host clear && serve 587 clear
host web && serve 587 http
host quiet && serve 587 silent
host late && serve 587 late
host endless && serve 587 endless
host flood && serve 587 flood
host xn--bcher-kva && serve 587 starttls
servers="$servers ::1,587,starttls"
# A known provider: one of its servers is blocked, another is reached.
host gmail && drop 25 443 465 587 993 2525
hosts="$hosts
192.0.2.$n smtp-relay.gmail.com"
host google && serve 443 open
hosts="$hosts
192.0.2.$n support.google.com"
host right && serve 465 implicit
hosts="$hosts
192.0.2.$n smtp.gmail.com
198.51.100.1 away.mail.test"
printf '%s\n' "$hosts" >hosts
echo 'hosts: files' >nsswitch.conf
echo 'nameserver 127.0.0.1' >resolv.conf
chmod 644 hosts nsswitch.conf resolv.conf
for f in hosts nsswitch.conf resolv.conf; do mount --bind $f /etc/$f; done
certs_make "$WORK/certs"
# shellcheck disable=SC2086 # words on purpose
python3 -W ignore "$LIB/port_server.py" "$WORK/certs" $servers >ready &
SERVER=$!
wait_for grep ready ready

# ---- a vault with a login at each
smtpvault --quiet init --no-passphrase
echo a-secret-that-stays >secret
login() { # login NAME PORT TLS [WORD]...
    name=$1 port=$2 tls=$3
    shift 3
    smtpvault --quiet add "$name" --host "$name.mail.test" --port "$port" --tls "$tls" --username ann \
        --password-from file:secret "$@"
}
for name in port blocked dead refused six tls strange clock expired name busy clear web quiet late endless flood away none; do
    login "$name" 587 starttls
done
login clear-first 465 implicit
host_of() { # host_of NAME HOST [WORD]...: the same at another host
    name=$1
    shift
    smtpvault --quiet add "$name" --port 587 --tls starttls --username ann --password-from file:secret --host "$@"
}
host_of idna xn--bcher-kva.mail.test
host_of address '[::1]'
host_of provider smtp-relay.gmail.com --provider gmail --force
host_of typo smpt.gmail.com --provider gmail --force
host_of withheld smtp.mail.yahoo.com --provider yahoo --force
look() { # look NAME: its answer in NAME.json, its status in NAME.status
    status=0
    smtpvault test "$1" --probe --json --timeout 1 --ca-file "$WORK/certs/ca.pem" >"$1.json" 2>"$1.err" ||
        status=$?
    echo "$status" >"$1.status"
}
looks=
for name in idna address provider typo withheld port blocked dead refused six tls strange clear-first clock expired name busy clear web quiet late endless flood away none; do
    look "$name" &
    looks="$looks $!"
done
# shellcheck disable=SC2086 # words on purpose
wait $looks

# expect NAME STATUS VERDICT [JQ-CONDITION]
expect() {
    if [ "$(cat "$1.status")" = "$2" ] && [ "$(jq -r .verdict "$1.json")" = "$3" ] &&
        jq -e "${4:-true}" "$1.json" >/dev/null; then
        ok "$1: $3"
    else
        not_ok "$1: $3, status $(cat "$1.status")"
        jq . "$1.json" || true
        cat "$1.err"
    fi
}
advises() {
    printf '.advice == "%s"' "$1"
}
expect port 1 another-port "$(advises 'smtpvault edit port --tls implicit --port 465') and
    (.cause | contains(\"587 is blocked\")) and
    (.ports[] | select(.port == 587) | .ipv4 == \"no answer\")"
expect blocked 1 blocked '.ports[] | select(.port == 443) | .ipv4 == "open" and .mail == false'
expect dead 1 dead-host
expect refused 1 refused
expect six 0 works '.note | contains("IPv6 does not get through")'
expect tls 1 another-port "$(advises 'smtpvault edit tls --tls implicit')"
expect clear-first 1 another-port "$(advises 'smtpvault edit clear-first --tls starttls')"
expect strange 1 certificate "$(advises 'First: smtpvault edit strange --tls implicit --port 465. Then, if the server is yours, name its authority: smtpvault edit strange --ca-file FILE') and
    (.cause | contains(\"587 is closed; port 465 answers\"))"
expect clock 1 clock-wrong '.advice | contains("timedatectl")'
expect expired 1 certificate '.cause | contains("expired")'
expect name 1 certificate '.cause | contains("another name")'
expect busy 1 unwelcome '.ports[0].code == 421'
expect clear 1 no-mail '.cause | contains("no encryption")'
expect web 1 no-mail
expect quiet 1 no-mail
expect late 0 works '.note == null'
expect endless 1 no-mail
expect flood 1 no-mail
expect away 1 offline
expect none 1 no-name

expect idna 0 works
expect address 0 works '.ports[0].ipv6 == "open" and .ports[0].ipv4 == null'
expect provider 1 another-port '.advice == "smtpvault edit provider --host smtp.gmail.com --tls implicit --port 465"'
expect typo 1 another-port '.advice == "smtpvault edit typo --host smtp.gmail.com --tls implicit --port 465"'

# A provider's own name that has no address here is not mistyped.
expect withheld 1 no-name '(.cause | contains("own")) and (.advice | contains("--host") | not)'

# No name server, where there was one.
echo 'hosts: files dns' >/etc/nsswitch.conf
look none
expect none 1 no-name-server
smtpvault test none --probe --timeout 1 >none.people 2>&1 || true
if grep -q '^none.mail.test:587  *no name server  *-' none.people && ! grep -q 'no such name' none.people; then
    ok "of each host it is said that nobody was asked"
else
    not_ok "of each host it is said that nobody was asked" none.people
fi

# Nobody was told who asks, and the secret stayed.
if grep -qiE '^(AUTH|MAIL)|a-secret|ann' certs/heard || ! grep -q '^STARTTLS' certs/heard; then
    not_ok "nothing but EHLO, STARTTLS and QUIT is sent"
    sort certs/heard | uniq -c
else
    ok "nothing but EHLO, STARTTLS and QUIT is sent"
fi
if smtpvault audit --json | jq -se 'map(.op) | unique == ["add", "init", "log-begin"]' >/dev/null; then
    ok "the vault was not asked for a secret"
else
    not_ok "the vault was not asked for a secret"
    smtpvault audit
fi

# A login is told the same.
echo 'hosts: files' >/etc/nsswitch.conf
status=0
smtpvault test withheld --json >withheld.json 2>withheld.err || status=$?
echo "$status" >withheld.status
expect withheld 1 name-not-found '(.advice | contains("name is right")) and (.advice | contains("--host") | not)'

# A login does not wait for an IPv6 that hangs.
status=0
smtpvault test six --json --ca-file "$WORK/certs/ca.pem" >six.json 2>six.err || status=$?
echo "$status" >six.status
expect six 0 ok '.ms.total < 3000'
all_ok
