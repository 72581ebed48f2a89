#!/bin/sh
# SPDX-License-Identifier: ISC
# servers.sh: a mail server of one's own, on loopback and unprivileged ports: Postfix for
# submission, Dovecot to know the passwords, an authority to sign its certificate.
# Everything lies in one temporary folder; nothing of the machine's mail is touched. It
# needs root, as Postfix does. To be sourced.
#
#   servers_start       sets  SUBMISSION_PORT     STARTTLS; MAIL_PORT when that is set
#                             SMTPS_PORT          implicit TLS; MAIL_SMTPS_PORT likewise
#                             CA_FILE             the authority
#                             MAIL_USER           a login, and an address
#                             MAIL_PASSWORD_FILE  its password, one line
#                             MAILBOX             a Maildir that takes all mail
#                             SERVERS_OAUTH=yes: with logins by OAuth2, see oauth.sh
#                       With MAIL_SERVICES, "NAME OPTION=VALUE..." a line, more ports of
#                       Postfix, each with these settings of its own; SERVERS in them
#                       stands for the folder
#   mail_port NAME      the port of one of MAIL_SERVICES
#   servers_stop        ends them and removes the folder
#   mail_count          how many messages have come
#   mail_wait SUBJECT   waits for a message and prints its path; 1 when none comes
#   servers_log         what the servers wrote
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
# shellcheck source=tests/integration/lib/oauth.sh
. "$LIB/oauth.sh"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
SERVERS=
POSTFIX_PID=
DOVECOT_PID=
POSTFIX_SBIN=/usr/lib/postfix/sbin
# 65534 is nobody's: mail is delivered as a user that owns nothing else.
MAIL_UID=65534

free_ports() {
    python3 - "$1" <<'EOF'
import socket, sys
taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*[s.getsockname()[1] for s in taken])
EOF
}

write_dovecot() {
    mkdir -p "$SERVERS/dovecot/run"
    # Blanks, quotes, dollars and hashes: whatever carries this password must quote it.
    printf "Tr0ub4dor \"&\" '3' \$x %%d #%s\n" "$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')" \
        >"$MAIL_PASSWORD_FILE"
    chmod 600 "$MAIL_PASSWORD_FILE"
    printf '%s:{PLAIN}%s\n' "$MAIL_USER" "$(cat "$MAIL_PASSWORD_FILE")" >"$SERVERS/dovecot/users"
    chgrp dovecot "$SERVERS/dovecot/users"
    chmod 640 "$SERVERS/dovecot/users"
    cat >"$SERVERS/dovecot/dovecot.conf" <<EOF
base_dir = $SERVERS/dovecot/run
state_dir = $SERVERS/dovecot/run
log_path = $SERVERS/dovecot.log
protocols =
ssl = no
auth_mechanisms = plain login cram-md5 scram-sha-256
auth_failure_delay = 0
!include_try oauth.conf
passdb {
  driver = passwd-file
  args = $SERVERS/dovecot/users
}
userdb {
  driver = static
  args = uid=$MAIL_UID gid=$MAIL_UID home=/nonexistent
}
service auth {
  unix_listener $SERVERS/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
EOF
}

# write_queue QUEUE DATA: the folders of one Postfix.
write_queue() {
    queue=$1
    mkdir -p "$queue" "$2"
    chmod 755 "$queue" "$2"
    for name in active bounce corrupt defer deferred flush hold incoming private saved trace \
        maildrop public; do
        mkdir -p "$queue/$name"
        chown postfix "$queue/$name"
        chmod 700 "$queue/$name"
    done
    mkdir -p "$queue/pid"
    chgrp postdrop "$queue/maildrop" "$queue/public"
    chmod 1730 "$queue/maildrop"
    chmod 710 "$queue/public"
    chown postfix "$2"
}

write_postfix() {
    mkdir -p "$SERVERS/postfix"
    cat >"$SERVERS/postfix/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $SERVERS/queue
data_directory = $SERVERS/data
maillog_file = $SERVERS/postfix.log
maillog_file_prefixes = $SERVERS
myhostname = localhost
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.test
virtual_mailbox_base = $SERVERS/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:$MAIL_UID
virtual_gid_maps = static:$MAIL_UID
default_transport = error:this server sends no mail to others
smtpd_banner = localhost ESMTP
smtpd_error_sleep_time = 0
smtpd_tls_cert_file = $SERVERS/ca/good.pem
smtpd_tls_key_file = $SERVERS/ca/good.key
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $SERVERS/auth
smtpd_sasl_authenticated_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
EOF
    cat >"$SERVERS/postfix/master.cf" <<EOF
127.0.0.1:$SUBMISSION_PORT inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:$SMTPS_PORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
EOF
}

write_services() {
    : >"$SERVERS/ports"
    [ -n "${MAIL_SERVICES-}" ] || return 0
    # shellcheck disable=SC2046 # one word a port
    set -- $(free_ports "$(printf '%s\n' "$MAIL_SERVICES" | wc -l)")
    printf '%s\n' "$MAIL_SERVICES" >"$SERVERS/services"
    while read -r name settings; do
        echo "$name $1" >>"$SERVERS/ports"
        echo "127.0.0.1:$1 inet n - n - - smtpd"
        for setting in $settings; do
            echo "    -o $setting" | sed "s|SERVERS|$SERVERS|g"
        done
        shift
    done <"$SERVERS/services" >>"$SERVERS/postfix/master.cf"
}

mail_port() {
    sed -n "s/^$1 //p" "$SERVERS/ports"
}

# sockets_answer FILE-OR-PORT...: waits until each takes connections; 1 when one does not.
sockets_answer() {
    python3 - "$@" <<'EOF'
import socket, sys, time
until = time.monotonic() + 15
for address in sys.argv[1:]:
    while True:
        try:
            if address.isdigit():
                socket.create_connection(("127.0.0.1", int(address)), 1).close()
            else:
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(address)
            break
        except OSError:
            if time.monotonic() > until:
                sys.exit(1)
            time.sleep(0.02)
EOF
}

servers_start() {
    [ "$(id -u)" -eq 0 ] || {
        echo "servers.sh: a private Postfix needs root" >&2
        return 1
    }
    SERVERS=$(mktemp -d /tmp/smtpvault-servers.XXXXXX)
    chmod 755 "$SERVERS"
    read -r SUBMISSION_PORT SMTPS_PORT <<EOF
$(free_ports 2)
EOF
    SUBMISSION_PORT=${MAIL_PORT:-$SUBMISSION_PORT}
    SMTPS_PORT=${MAIL_SMTPS_PORT:-$SMTPS_PORT}
    export CA_FILE="$SERVERS/ca/ca.pem"
    MAIL_USER=alice@example.test
    MAIL_PASSWORD_FILE=$SERVERS/password
    MAILBOX=$SERVERS/mail/inbox
    certs_make "$SERVERS/ca"
    write_dovecot
    if [ -n "${SERVERS_OAUTH-}" ]; then
        oauth_start "$SERVERS/oauth" "$SERVERS/ca/good.pem" "$SERVERS/ca/good.key"
        write_dovecot_oauth
    fi
    write_queue "$SERVERS/queue" "$SERVERS/data"
    write_postfix
    write_services
    mkdir "$SERVERS/mail"
    chown "$MAIL_UID:$MAIL_UID" "$SERVERS/mail"
    dovecot -F -c "$SERVERS/dovecot/dovecot.conf" </dev/null >/dev/null 2>&1 &
    DOVECOT_PID=$!
    "$POSTFIX_SBIN/master" -c "$SERVERS/postfix" -d </dev/null >/dev/null 2>&1 &
    POSTFIX_PID=$!
    if ! sockets_answer "$SERVERS/auth" "$SUBMISSION_PORT" "$SMTPS_PORT"; then
        echo "servers.sh: the servers did not start" >&2
        servers_log >&2
        return 1
    fi
}

servers_log() {
    cat "$SERVERS/postfix.log" "$SERVERS/dovecot.log" 2>/dev/null || true
}

servers_stop() {
    for pid in $POSTFIX_PID $DOVECOT_PID; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in $POSTFIX_PID $DOVECOT_PID; do
        wait "$pid" 2>/dev/null || true
    done
    oauth_stop
    POSTFIX_PID='' DOVECOT_PID=''
    [ -z "$SERVERS" ] || rm -rf "$SERVERS"
    SERVERS=''
}

mail_count() {
    if [ -d "$MAILBOX/new" ]; then
        find "$MAILBOX/new" -type f | wc -l
    else
        echo 0
    fi
}

mail_wait() {
    tries=0
    while [ "$tries" -lt 100 ]; do
        if [ -d "$MAILBOX/new" ] &&
            grep -rlFx -m1 -e "Subject: $1" "$MAILBOX/new" 2>/dev/null; then
            return 0
        fi
        tries=$((tries + 1))
        sleep 0.1
    done
    return 1
}
