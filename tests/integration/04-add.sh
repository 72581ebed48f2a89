#!/bin/sh
# SPDX-License-Identifier: ISC
# add with a person at a terminal, and the test that it offers, against a real mail server: a
# wrong password is told and typed again, and what is stored in the end works.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/dialog.sh
. "$(dirname "$0")/lib/dialog.sh"
stop() {
    smtpvault --quiet lock 2>/dev/null || true
    vault_stop
}
trap stop EXIT
SERVERS_OAUTH=yes
vault_start
unset SMTPVAULT_NO_INPUT
echo wrong-password >"$WORK/wrong"
# Before the first login: Dovecot looks at the file no more than once a second.
token=0a1b2c3d-0000-4000-8000-aaaabbbbcccc
echo "$token" >"$WORK/token"
echo "$token:{PLAIN}$token" >>"$SERVERS/dovecot/users"

check "a server of one's own, and a login that works" dialog 0 add --ca-file "$CA_FILE" <<EOF
Your mail address (or a provider, or a server): | $MAIL_USER
Who sends its mail? | localhost
Port (465 | $SMTPS_PORT
User name at the server [$MAIL_USER]: | ENTER
Name for this login [example]: | own
Password for own (not shown): | <$MAIL_PASSWORD_FILE
stored own:
Log in at localhost now, to see that it works? [Y/n] | ENTER
own: ok: $MAIL_USER logged in at localhost:$SMTPS_PORT (implicit TLS
EOF
check "a secret is on no screen" hides_secret "$WORK/screen"
check "which is known to have worked" outcome own worked
kept() { # kept NAME: what its server was held to, for the tests that come
    [ "$(smtpvault get "$1" ca-file)" = "$CA_FILE" ] && smtpvault --no-input test "$1"
}
check "and keeps the authorities" kept own

echo "$WORK/nowhere.pem" >"$WORK/nowhere"
echo not-pem >"$WORK/not.pem"
echo "  $CA_FILE " >"$WORK/ca"
check "authorities that nobody named are asked for, until they are right" dialog 0 add strange \
    --host localhost --port "$SMTPS_PORT" --tls implicit --username "$MAIL_USER" <<EOF
Password for strange (not shown): | <$MAIL_PASSWORD_FILE
Log in at localhost now | y
strange: certificate-untrusted: localhost:$SMTPS_PORT
File of its authority (PEM), Enter to leave it: | <$WORK/nowhere
nowhere.pem cannot be taken: No such file or directory.
File of its authority (PEM), Enter to leave it: | ~/not.pem
strange: certificate-untrusted: localhost:$SMTPS_PORT
The CA file holds no certificate that can be read.
File of its authority (PEM), Enter to leave it: | <$WORK/ca
strange: ok: $MAIL_USER logged in at localhost:$SMTPS_PORT
EOF
check "and kept" kept strange
check "whoever does not know them is told the command" dialog 1 add stranger --host localhost \
    --port "$SMTPS_PORT" --tls implicit --username "$MAIL_USER" <<EOF
Password for stranger (not shown): | <$MAIL_PASSWORD_FILE
Log in at localhost now | y
smtpvault edit stranger
--ca-file FILE
File of its authority (PEM), Enter to leave it: | ENTER
EOF
smtpvault --quiet edit stranger --ca-file "$CA_FILE"
check "which helps" kept stranger

check "a wrong password is told and typed again" dialog 0 add slip --host localhost \
    --port "$SUBMISSION_PORT" --tls starttls --username "$MAIL_USER" --ca-file "$CA_FILE" <<EOF
Password for slip (not shown): | <$WORK/wrong
Log in at localhost now | y
slip: wrong-secret: localhost:$SUBMISSION_PORT
Type the secret again? [Y/n] | ENTER
Password for slip (not shown): | <$MAIL_PASSWORD_FILE
slip: ok:
EOF
check "the second one is stored" test "$(smtpvault get slip)" = "$(cat "$MAIL_PASSWORD_FILE")"
check "and the log has both tests" test \
    "$(smtpvault audit --profile slip --op test --json | grep -c '"op":"test"')" -ge 2

check "whoever gives up has stored what was typed" dialog 1 add given-up --host localhost \
    --port "$SMTPS_PORT" --tls implicit --username "$MAIL_USER" --ca-file "$CA_FILE" <<EOF
Password for given-up (not shown): | <$WORK/wrong
Log in at localhost now | y
given-up: wrong-secret:
Type the secret again? [Y/n] | n
EOF
check "and it is known to be rejected" outcome given-up rejected

check "no test without a yes" dialog 0 add untested --host localhost --port "$SMTPS_PORT" \
    --tls implicit --username "$MAIL_USER" --ca-file "$CA_FILE" <<EOF
Password for untested (not shown): | <$MAIL_PASSWORD_FILE
Log in at localhost now | n
"smtpvault test untested" tries it later
EOF
untested() {
    smtpvault audit --profile untested --json >"$WORK/log" && ! grep -q '"op":"test"' "$WORK/log"
}
check "nor a trace of one" untested

# The same where an agent keeps the vault.
smtpvault --quiet unlock --for 1h
check "by way of the agent" dialog 0 add far --host localhost --port "$SMTPS_PORT" --tls implicit \
    --username "$MAIL_USER" --ca-file "$CA_FILE" <<EOF
Password for far (not shown): | <$WORK/wrong
Log in at localhost now | y
far: wrong-secret:
Type the secret again? [Y/n] | y
Password for far (not shown): | <$MAIL_PASSWORD_FILE
far: ok:
EOF
check "which keeps the second one" test "$(smtpvault get far)" = "$(cat "$MAIL_PASSWORD_FILE")"
smtpvault --quiet lock

# A provider that wants its token in both fields, as Postmark does: typed once, shown nowhere.
check "a token that is the user name too" dialog 0 add token --provider postmark --host localhost \
    --port "$SMTPS_PORT" --tls implicit --from "$MAIL_USER" --ca-file "$CA_FILE" <<EOF
Postmark wants an API token here
Password for token (not shown): | <$WORK/token
Log in at localhost now | y
token: ok: the token logged in at localhost:$SMTPS_PORT
EOF
unseen() {
    ! grep -qF "$token" "$WORK/screen"
}
check "the token is on no screen" unseen

# A provider that takes tokens only: add asks for a client id and logs in, and what comes works.
# There is no display here, so a code is shown for another device.
mkdir -p "$XDG_CONFIG_HOME/smtpvault/providers.d"
cat >"$XDG_CONFIG_HOME/smtpvault/providers.d/corp.json" <<EOF
{"schema": 1, "providers": [{"id": "corp", "name": "Corp Mail", "domains": ["${MAIL_USER#*@}"],
  "servers": [{"host": "localhost", "port": $SMTPS_PORT, "tls": "implicit"}],
  "username": "email", "secret": "oauth2", "kind": "oauth2", "mechanisms": "XOAUTH2",
  "oauth": {"auth_url": "$OAUTH_PLAIN/authorize", "token_url": "$OAUTH_PLAIN/token",
    "device_url": "$OAUTH_PLAIN/device", "scopes": "mail.send"}}]}
EOF
echo yes >"$OAUTH/device.mail.send" # somebody agrees at once
unset DISPLAY WAYLAND_DISPLAY
check "a provider that has left passwords" dialog 0 add --ca-file "$CA_FILE" <<EOF
Your mail address (or a provider, or a server): | $MAIL_USER
Name for this login [corp]: | ENTER
Corp Mail has left passwords
Client id (Enter alone: there is none yet): | test-client
enter the code WDJB-MJHT
logged in corp
Log in at localhost now, to see that it works? [Y/n] | ENTER
corp: ok: $MAIL_USER logged in at localhost:$SMTPS_PORT
EOF
check "whose server keeps its authorities" kept corp
check "nothing is stored without a client id" dialog 64 add none <<EOF
Your mail address (or a provider, or a server): | $MAIL_USER
Client id | ENTER
nothing is stored yet; once there is a client id: smtpvault login none
EOF
check "not a profile" sh -c '! smtpvault get none host'

# For a program: status and report, stdout stays empty.
export SMTPVAULT_NO_INPUT=1
scripted() { # scripted STATUS NAME FILE
    status=0
    smtpvault add "$2" --host localhost --port "$SMTPS_PORT" --tls implicit --username "$MAIL_USER" \
        --password-from "file:$3" --ca-file "$CA_FILE" --test >"$WORK/out" 2>"$WORK/err" || status=$?
    cat "$WORK/err"
    [ "$status" -eq "$1" ] && [ ! -s "$WORK/out" ] && smtpvault get "$2" host
}
check "--test of a right password" scripted 0 right "$MAIL_PASSWORD_FILE"
check "--test of a wrong one" scripted 1 bad "$WORK/wrong"
check "tells why" grep -q "^bad: wrong-secret: localhost:$SMTPS_PORT" "$WORK/err"
check "no mail was sent" test "$(mail_count)" -eq 0
all_ok
