#!/bin/sh
# SPDX-License-Identifier: ISC
# `smtpvault rotate` at a server that has its moods: a temporary fault says nothing of a secret and
# leaves the rotation where it is; a server that takes any password proves nothing, and that is
# said; an account that is locked is no proof that a secret is dead.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/faults.sh
. "$(dirname "$0")/lib/faults.sh"
leave() {
    faults_stop
    work_end
}
trap leave EXIT
faults_start
certs_make "$FAULTS/second"
work_begin
smtpvault --quiet init --no-passphrase
printf 'first-one' >first
printf 'second-one' >second
smtpvault --quiet add mail --host localhost --port "$(faults_port moody)" --tls starttls \
    --auth plain --username ann --ca-file "$FAULTS/ca.pem" --password-from file:first

# mood MOOD STATUS WORD...: a rotation while the server is in that mood; out, err
mood() {
    echo "$1" >"$FAULTS/mood"
    wanted=$2
    shift 2
    status=0
    smtpvault rotate "$@" >out 2>err || status=$?
    cat out err
    [ "$status" -eq "$wanted" ]
}
record() {
    smtpvault rotate --status mail --json | tee record
    jq -e "$1" record >/dev/null
}
current() {
    [ "$(smtpvault get mail)" = "$(cat "$1")" ]
}

check "a temporary fault puts it off" mood temporary 75 mail --password-from file:second
check "where it was" record '.stage == "set" and (.fault | test("tells whether its server takes the secret"))'
check "the secret stays" current first
check "so does a busy server" mood busy 75 --resume
check "and one that goes away" mood closes 75 --resume
check "one that speaks no SMTP is none that is reached" mood starttls-dropped 69 --resume
check "an account that is locked tells nothing" mood locked 75 --resume
check "an untrusted certificate neither" mood other-authority 78 --resume
check "it is where it was" record '.stage == "set"'
check "nothing is given up either while nobody can tell" mood temporary 75 --rollback mail
check "the secret stays" current first

# Then the server takes everything.
check "a server that takes any password proves nothing" mood ok-starttls 1 --resume
check "which is said" grep -q 'this server accepts any password: the test proves nothing' err
check "and on record" record '.stage == "finished" and .any_password and (.old_alive | not)'
check "to people too" sh -c \
    'smtpvault rotate --status mail | grep -q "not proved  this server accepts any password"'
check "the new one is current" current second
check "the log has the login with neither" sh -c \
    "smtpvault audit --json --op test | grep -q 'ok 235 2.7.0, of a secret made up for it'"
check "which is not the profile's last" sh -c \
    "smtpvault list --json mail | jq -e '.profiles[0].last_rejected == null' >/dev/null"

# And then nothing.
check "refused, the next is not promoted" mood wrong-secret 1 mail --password-from file:first
check "and can be given up, with a word" mood wrong-secret 1 --rollback mail
check "that neither works" grep -q 'refuses both the old secret and the new one' err
check "the secret stays" current second
check "the vault is sound" smtpvault verify --full
all_ok
