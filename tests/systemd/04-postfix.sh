#!/bin/sh
# SPDX-License-Identifier: ISC
# The example for Postfix as it is shipped, in Debian's own Postfix (whose smtp runs in a
# chroot), with the agent of the machine: mail goes out by a login that Postfix never stores.
# The server that it relays to is one of the test's own.
# shellcheck disable=SC2317 # check calls functions by their name
# shellcheck source=tests/systemd/lib.sh
. "$(dirname "$0")/lib.sh"
integration=$(cd "$(dirname "$0")/../integration" && pwd)
EXAMPLE=/usr/local/share/doc/smtpvault/examples/main.cf

# servers.sh in a shell of its own: it looks for its neighbours beside $0.
server() {
    # shellcheck disable=SC2016 # the inner shell's
    CERT_NAMES=DNS:mail.example.org MAIL_PORT=587 setsid sh -c '. "${0%/*}/lib/servers.sh"
        trap servers_stop EXIT
        servers_start
        echo "$SERVERS" >/run/server
        sleep 600 & wait' "$integration/server" >"$W/server" 2>&1 &
    within 20 test -s /run/server
}

set_up() {
    echo '127.0.0.1 mail.example.org' >>/etc/hosts
    server
    cat "$(cat /run/server)/ca/ca.pem" >>/etc/ssl/certs/ca-certificates.crt
    machine_agent "$(cat "$(cat /run/server)/password")" '--unit postfix@-.service'
    owner --quiet edit work --username alice@example.test
    systemctl enable --now smtpvault-socketmap.socket
    # The lab has no DNS, and mail that waits is not to wait for minutes.
    {
        printf '%s\n' 'compatibility_level = 3.6' 'myhostname = lab.example.test' \
            'mydestination =' 'inet_interfaces = loopback-only' 'smtp_host_lookup = native' \
            'maillog_file = /var/log/postfix.log' 'queue_run_delay = 1s' \
            'minimal_backoff_time = 1s' 'maximal_backoff_time = 2s'
        cat "$EXAMPLE"
    } >/etc/postfix/main.cf
    # What lies in this machine's own queue is not sent from here.
    rm -f /var/spool/postfix/maildrop/*
    systemctl start postfix
}
check "set up" set_up
SERVERS=$(cat /run/server)

# mail SUBJECT: from an ordinary user of the machine.
mail() {
    printf 'Subject: %s\n\nA line.\n' "$1" |
        runuser -u nobody -- /usr/sbin/sendmail -f alice@example.test bob@example.test
}
here() {
    grep -rqFx "Subject: $1" "$SERVERS/mail/inbox/new"
}
arrives() {
    within 15 here "$1" || {
        tail -20 /var/log/postfix.log
        return 1
    }
}
check "mail is taken" mail first
check "it arrives" arrives first
stored() {
    grep -rlF -e "$(cat "$SERVERS/password")" /etc/postfix /var/spool/postfix /var/lib/postfix
}
check "Postfix has not stored the password" not stored
check "the agent was started for it" systemctl is-active smtpvault.service

rotated() {
    echo 'another word' >"$SERVERS/password"
    install -o smtpvault -m 600 "$SERVERS/password" /run/lab/new
    sleep 1.1 # Dovecot looks at the file's time, in seconds
    printf 'alice@example.test:{PLAIN}another word\n' >"$SERVERS/dovecot/users"
    owner --quiet edit work --password-from file:/run/lab/new
    mail second
    arrives second
}
check "after a rotation mail arrives, and nothing was reloaded" rotated

# systemd holds the connection and goes on trying, so Postfix waits for an answer at first.
locked() {
    mv /etc/smtpvault/passphrase.cred "$W/"
    systemctl stop smtpvault.service
    mail third
    sleep 2
    mailq
    mailq | grep -qF bob@example.test
    not grep -q 'status=bounced' /var/log/postfix.log
    not here third
}
check "without its passphrase the agent does not start, and mail waits" locked
back() {
    mv "$W/passphrase.cred" /etc/smtpvault/
    arrives third
}
check "it arrives when the passphrase is back" back

# ---- the same lines by setup, out of the vault of the agent's user ---------------------------
setup() {
    smtpvault --no-input --passphrase-from file:/run/lab/passphrase setup postfix "$@" --yes
}
by_setup() {
    grep -vxF -f "$EXAMPLE" /etc/postfix/main.cf >"$W/main.cf"
    cp "$W/main.cf" /etc/postfix/main.cf
    not grep -q ^relayhost /etc/postfix/main.cf
    setup work --user smtpvault 2>&1 | tee /dev/stderr | grep -F 'grant add work --unit postfix@-.service'
    cp /etc/postfix/main.cf "$W/once"
    setup work --user smtpvault
    cmp "$W/once" /etc/postfix/main.cf
    postconf -n 2>&1 | tee /dev/stderr | not grep -i warning
    postfix reload
    mail fourth
    arrives fourth
}
check "mail goes out by what setup writes" by_setup
undone() {
    setup --undo
    cmp "$W/main.cf" /etc/postfix/main.cf
    [ ! -e /etc/postfix/main.cf.before-smtpvault ]
}
check "undone, main.cf is what it was" undone
all_ok
