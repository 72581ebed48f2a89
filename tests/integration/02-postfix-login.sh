#!/bin/sh
# SPDX-License-Identifier: ISC
# The login test against a real server, Postfix with Dovecot: both TLS modes, each
# mechanism, a wrong password; and that no mail is sent by it.
set -eu
# shellcheck source=tests/integration/lib/servers.sh
. "$(dirname "$0")/lib/servers.sh"
: "${BUILD:?the folder of the build}"
trap servers_stop EXIT
servers_start

# probe NAME WANT PORT MODE PASSWORD-FILE [OPTION]...
probe() {
    name=$1 want=$2 port=$3 mode=$4 file=$5
    shift 5
    "$BUILD/integration/probe_driver" "$BUILD/libexec/smtpvault-net" localhost "$port" "$mode" \
        "$MAIL_USER" "ca=$CA_FILE" "$@" <"$file" >"$SERVERS/result" 2>&1 || true
    if grep -qx "verdict $want" "$SERVERS/result"; then
        ok "$name"
    else
        not_ok "$name" "$SERVERS/result"
        servers_log | tail -20
    fi
}

echo 'not the password' >"$SERVERS/wrong"
probe "STARTTLS" ok "$SUBMISSION_PORT" starttls "$MAIL_PASSWORD_FILE"
probe "implicit TLS" ok "$SMTPS_PORT" implicit "$MAIL_PASSWORD_FILE"
probe "LOGIN" ok "$SUBMISSION_PORT" starttls "$MAIL_PASSWORD_FILE" auth=AUTH=LOGIN
probe "CRAM-MD5" ok "$SUBMISSION_PORT" starttls "$MAIL_PASSWORD_FILE" auth=AUTH=CRAM-MD5
probe "SCRAM-SHA-256" ok "$SUBMISSION_PORT" starttls "$MAIL_PASSWORD_FILE" auth=AUTH=SCRAM-SHA-256
probe "SCRAM-SHA-256, a wrong password" wrong-secret "$SUBMISSION_PORT" starttls "$SERVERS/wrong" \
    auth=AUTH=SCRAM-SHA-256
probe "CRAM-MD5, a wrong password" wrong-secret "$SUBMISSION_PORT" starttls "$SERVERS/wrong" \
    auth=AUTH=CRAM-MD5
probe "a wrong password" wrong-secret "$SUBMISSION_PORT" starttls "$SERVERS/wrong"
probe "a wrong password, implicit TLS" wrong-secret "$SMTPS_PORT" implicit "$SERVERS/wrong"
probe "STARTTLS asked of the other port" wrong-tls-mode "$SMTPS_PORT" starttls \
    "$MAIL_PASSWORD_FILE" total=3000
probe "TLS asked of the other port" wrong-tls-mode "$SUBMISSION_PORT" implicit "$MAIL_PASSWORD_FILE"
probe "a sender" ok "$SUBMISSION_PORT" starttls "$MAIL_PASSWORD_FILE" from="$MAIL_USER"
if [ "$(mail_count)" -eq 0 ]; then ok "no mail was sent"; else not_ok "no mail was sent"; fi
probe "a message" ok "$SUBMISSION_PORT" starttls "$MAIL_PASSWORD_FILE" send="$MAIL_USER"
if message=$(mail_wait 'Test of a mail login') && grep -q "^Auto-Submitted: auto-generated" "$message" &&
    grep -q "^From: <$MAIL_USER>" "$message"; then
    ok "it has come"
else
    not_ok "it has come"
fi
probe "a recipient that is refused" sender-not-allowed "$SUBMISSION_PORT" starttls \
    "$MAIL_PASSWORD_FILE" send=somebody@elsewhere.test
all_ok
