#!/bin/sh
# SPDX-License-Identifier: ISC
# relay.sh: a second Postfix of one's own, which takes mail from this machine without a
# login and relays it to the mail server of servers.sh, with a login from a table. To be
# sourced behind vault.sh.
#
#   relay_start MAP [LINE]   starts it; MAP is its smtp_sasl_password_maps, LINE one more line
#                       of main.cf; sets RELAY_PORT
#   relay_stop          ends it
#   relay_send SUBJECT  hands it the message of `letter`
#   relay_said N PATTERN   waits until N lines of its log match, and prints them; 1 when they
#                       do not come
#   relay_again         lets it try what waits, as "postqueue -f" does
#   relay_queue         how many messages it holds
set -eu
RELAY_PID=

write_relay() {
    cat >"$relay/etc/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $relay/queue
data_directory = $relay/data
maillog_file = $SERVERS/relay.log
maillog_file_prefixes = $SERVERS
myhostname = relay.example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtp_host_lookup = native
relayhost = [localhost]:$SUBMISSION_PORT
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = $1
smtp_tls_security_level = secure
smtp_tls_CAfile = $CA_FILE
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
${2-}
EOF
    cat >"$relay/etc/master.cf" <<EOF
127.0.0.1:$RELAY_PORT inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
EOF
}

relay_start() {
    relay=$SERVERS/relay
    RELAY_PORT=$(free_ports 1)
    mkdir -p "$relay/etc"
    chmod 755 "$relay" "$relay/etc"
    write_queue "$relay/queue" "$relay/data"
    write_relay "$@"
    chmod 644 "$relay/etc"/*
    "$POSTFIX_SBIN/master" -c "$relay/etc" -d </dev/null >/dev/null 2>&1 &
    RELAY_PID=$!
    sockets_answer "$RELAY_PORT"
}

relay_stop() {
    if [ -n "$RELAY_PID" ]; then
        kill "$RELAY_PID" 2>/dev/null || true
        wait "$RELAY_PID" 2>/dev/null || true
    fi
    RELAY_PID=''
}

relay_send() {
    letter "$1" | python3 -c '
import smtplib, sys
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as s:
    s.sendmail(sys.argv[2], ["bob@example.test"], sys.stdin.read())
' "$RELAY_PORT" "$MAIL_USER"
}

relay_said() {
    wait_for relay_has "$@" || return 1
    grep -- "$2" "$SERVERS/relay.log"
}

relay_has() {
    [ "$(grep -c -- "$2" "$SERVERS/relay.log")" -ge "$1" ]
}

relay_again() {
    postqueue -c "$SERVERS/relay/etc" -f
}

relay_queue() {
    find "$SERVERS/relay/queue/active" "$SERVERS/relay/queue/deferred" \
        "$SERVERS/relay/queue/incoming" -type f | wc -l
}
