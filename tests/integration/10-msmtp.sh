#!/bin/sh
# SPDX-License-Identifier: ISC
# msmtp sends with a secret from the vault: by passwordeval, by an exported
# configuration, and by a descriptor, which needs no rule of AppArmor.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
trap vault_stop EXIT
vault_start
keep_ca_file

# send SUBJECT MSMTP-OPTION...: whom to trust is in the exported file.
send() {
    subject=$1
    shift
    letter "$subject" | "$@" -- bob@example.test
}

for profile in starttls implicit; do
    smtpvault --quiet export "$profile" --to msmtp -o "$WORK/$profile.conf"
    check "export $profile holds no secret" hides_secret "$WORK/$profile.conf"
    check "msmtp with the exported hook, $profile" send "hook $profile" \
        msmtp -C "$WORK/$profile.conf"
    check "the message arrived, hook $profile" arrived "hook $profile"
    check "the record names msmtp, hook $profile" asked_by msmtp get "$profile"

    smtpvault --quiet export "$profile" --to msmtp --inline -o "$WORK/$profile.inline"
    check "msmtp with the secret inline, $profile" send "inline $profile" \
        msmtp -C "$WORK/$profile.inline"
    check "the message arrived, inline $profile" arrived "inline $profile"
done

by_passwordeval() {
    send passwordeval msmtp --host=localhost --port="$SUBMISSION_PORT" --auth=on --tls=on \
        --user="$MAIL_USER" --from="$MAIL_USER" --passwordeval='smtpvault get starttls' \
        "--tls-trust-file=$CA_FILE"
}
check "passwordeval on the command line" by_passwordeval
check "the message arrived, passwordeval" arrived passwordeval

by_descriptor() {
    letter descriptor | smtpvault exec implicit -- msmtp --host=localhost --port="$SMTPS_PORT" \
        --auth=on --tls=on --tls-starttls=off --user="$MAIL_USER" --from="$MAIL_USER" \
        --passwordeval='cat <&3' "--tls-trust-file=$CA_FILE" -- bob@example.test
}
check "exec hands msmtp the secret on descriptor 3" by_descriptor
check "the message arrived, descriptor" arrived descriptor
check "the record of exec names its caller" asked_by 10-msmtp.sh exec implicit

# What msmtp's status says of the login is remembered.
check "the login is known to have worked" outcome implicit worked
tells() { # tells STATUS: of msmtp, through exec
    status=0
    by_descriptor || status=$?
    echo "status $status"
    [ "$status" -eq "$1" ]
}
sleep 1 # times are whole seconds
printf 'wrong-S3cret' | smtpvault --quiet edit implicit --password-from stdin
check "a wrong secret is status 77" tells 77
check "the login is known to be rejected" outcome implicit rejected
sleep 1
smtpvault --quiet edit implicit --password-from "file:$MAIL_PASSWORD_FILE"
check "the right one works again" tells 0
check "the login is known to work again" outcome implicit worked
sleep 1
port=$SMTPS_PORT
SMTPS_PORT=1
check "a server that is not there says nothing" tells 75
SMTPS_PORT=$port
check "the login is still known to work" outcome implicit worked

# msmtp ignores the status of passwordeval: what it gets then must be nothing.
locked_vault() {
    status=0
    letter locked | SMTPVAULT_KEYFILE=/nonexistent msmtp -C "$WORK/starttls.conf" \
        -- bob@example.test || status=$?
    [ "$status" -ne 0 ]
}
sent=$(mail_count)
check "a locked vault sends nothing" locked_vault
check "nothing arrived" test "$(mail_count)" -eq "$sent"
all_ok
