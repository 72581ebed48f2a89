#!/bin/sh
# SPDX-License-Identifier: ISC
# A new secret that is rejected where it is used: an alarm at the policy's threshold and, where the
# policy says so, the rollback, which logins have to prove right. Neither a temporary fault nor a
# server out of reach ever counts.
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
work_begin
smtpvault --quiet init --no-passphrase
printf 'first-one' >first
printf 'second-one' >second
smtpvault --quiet add mail --host localhost --port "$(faults_port moody)" --tls starttls \
    --auth plain --username ann --ca-file "$FAULTS/ca.pem" --password-from file:first
mkdir -p bin
# shellcheck disable=SC2016 # for that sh
printf '#!/bin/sh\ncat <&3 >/dev/null\nexit "$1"\n' >bin/msmtp
chmod +x bin/msmtp

# mood MOOD STATUS WORD...: smtpvault while the server is in that mood; out, err
mood() {
    echo "$1" >"$FAULTS/mood"
    wanted=$2
    shift 2
    status=0
    smtpvault "$@" >out 2>err || status=$?
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
quiet() { # no alarm
    ! grep -q ALARM err
}
due() {
    smtpvault due --json >dues || [ $? -eq 1 ]
    cat dues
    jq -e "$1" dues >/dev/null
}

check "a policy" mood takes-second 0 policy set mail --overlap 24h --reject-threshold 3 \
    --on-reject alarm
check "a rotation" mood takes-second 0 rotate mail --password-from file:second
check "is finished" record '.stage == "finished" and .rejections == 0'

# ---- what never counts
for fault in temporary busy closes; do
    for _ in 1 2 3 4; do
        mood "$fault" 1 test mail >/dev/null || true
    done
    check "$fault is no rejection" quiet
done
for _ in 1 2 3 4; do
    check "a program's temporary failure neither" mood temporary 75 exec mail -- bin/msmtp 75
done
check "nothing was counted" record '.stage == "finished" and .rejections == 0'
check "and nothing is due" due '[.items[] | select(.why | test("ALARM"))] | length == 0'

# ---- the alarm, from tests and programs together
check "a first rejection" mood takes-first 1 test mail
check "is no alarm" quiet
check "a second, by a program" mood takes-first 77 exec mail -- bin/msmtp 77
check "is none either" quiet
erase() {
    printf 'protocol=smtp\nhost=localhost:%s\nusername=ann\npassword=%s\n\n' \
        "$(faults_port moody)" "$1" | smtpvault git-credential erase >out 2>err
}
check "git's word of another secret" erase first-one
check "is nothing against this one" quiet
check "the third, by git" erase second-one
check "is" grep -q 'mail: ALARM: its new secret was rejected 3 times' err
check "on record" record '.stage == "finished" and .rejections == 3'
check "in the log" sh -c \
    "smtpvault audit --op rotate --json | jq -es 'any(.note == \"alarm: rejected 3 times since it is new\" and .result == \"failed\")' >/dev/null"
check "and due before all else" due \
    '.items[0] | (.why | test("ALARM: the new secret was rejected 3 times")) and .urgency == "overdue" and (.do | test("rotate --rollback"))'
check "the secret stays, as the policy says" current second

# ---- the rollback
check "another policy" mood takes-first 0 policy set mail --on-reject rollback
check "with nobody to tell which secret is right" mood temporary 77 exec mail -- bin/msmtp 77
check "it is put off" grep -q 'the rollback cannot be done now' err
check "and nothing changed" current second
check "where the server takes the new one" mood takes-second 77 exec mail -- bin/msmtp 77
check "it stays" grep -q 'its server takes the new secret, so it stays' err
check "it does" current second
check "where it takes neither" mood wrong-secret 77 exec mail -- bin/msmtp 77
check "nothing helps" grep -q 'refuses the old secret too' err
check "and nothing changed again" current second
check "where it takes the old one alone" mood takes-first 77 exec mail -- bin/msmtp 77
check "the old one comes back" grep -q 'mail is back at its old secret, as version 3, and its server takes it' err
check "it is current" current first
check "on record" record '.stage == "rolled-back"'
check "mail goes out again" mood takes-first 0 test mail
check "and no alarm is due any more" due '[.items[] | select(.why | test("ALARM"))] | length == 0'

# ---- without an overlap nobody counts
check "no overlap" mood takes-second 0 policy set mail --overlap 0h --reject-threshold 1
check "a rotation again" mood takes-second 0 rotate mail --password-from file:second
check "a rejection" mood takes-first 1 test mail
check "is no alarm then" quiet
check "the secret stays then" current second
check "the vault is sound" smtpvault verify --full
all_ok
