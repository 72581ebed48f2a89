#!/bin/sh
# SPDX-License-Identifier: ISC
# Postfix stores no password: it asks the agent each time it logs in. A rotation needs no
# reload, a locked agent keeps the mail waiting, and nothing is sent to a server that the
# profile is not for.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/relay.sh
. "$(dirname "$0")/lib/relay.sh"
AGENT_PID=

stop() {
    relay_stop
    agent_stop
    vault_stop
}
trap stop EXIT

# The folder says who may ask: the group of Postfix.
agent_start() {
    smtpvault agent --socketmap "unix:$SERVERS/ask/socketmap" 2>"$WORK/agent.log" &
    AGENT_PID=$!
    sockets_answer "$SERVERS/ask/socketmap"
}

agent_stop() {
    if [ -n "$AGENT_PID" ]; then
        kill "$AGENT_PID" 2>/dev/null || true
        wait "$AGENT_PID" 2>/dev/null || true
    fi
    AGENT_PID=''
}

map_says() {
    want=$1
    shift
    postmap -q "$1" "socketmap:unix:$SERVERS/ask/socketmap:${2:-sasl}" >"$WORK/answer" || true
    printf '%s' "$want" | cmp - "$WORK/answer"
}

# Its own next run may pass over what is still being deferred.
comes_later() {
    for _ in 1 2 3; do
        relay_again
        ! arrived "$1" || return 0
    done
    return 1
}

vault_start
mkdir -m 750 "$SERVERS/ask"
chgrp postfix "$SERVERS/ask"
agent_start
LOGIN="$MAIL_USER:$(cat "$MAIL_PASSWORD_FILE")"
NL='
'

check "the socket is the group's" test "$(stat -c '%a %G' "$SERVERS/ask/socketmap")" = "660 postfix"
check "postmap finds the login of a host and port" map_says "$LOGIN$NL" "[localhost]:$SUBMISSION_PORT"
check "another port has another profile" map_says "$LOGIN$NL" "localhost:$SMTPS_PORT"
check "a port without a profile has none" map_says "" "[localhost]:1"
check "a host with two profiles has none" map_says "" localhost
check "the map may name one of them" map_says "$LOGIN$NL" localhost sasl/starttls
check "it is not for another host" map_says "" "[mail.example.org]:$SUBMISSION_PORT" sasl/starttls
smtpvault --quiet edit implicit --from carol@example.test
check "a sender has a login" map_says "$LOGIN$NL" carol@example.test
check "another sender has none" map_says "" eve@example.test
check "another map has nothing" map_says "" "[localhost]:$SUBMISSION_PORT" aliases

relay_start "socketmap:unix:$SERVERS/ask/socketmap:sasl"
denied() {
    relay_send none
    relay_said 1 'gives it to no other user'
    relay_said 1 'status=deferred'
}
check "without a grant Postfix gets nothing, and the mail waits" denied
for program in smtp proxymap; do
    smtpvault --keyfile "$WORK/key" --quiet grant add starttls --user postfix \
        --exe "/usr/lib/postfix/sbin/$program"
done
check "with one it arrives" comes_later none
check "Postfix takes a message" relay_send first
check "it arrives" arrived first
not_stored() {
    ! grep -rlF -e "$(cat "$MAIL_PASSWORD_FILE")" "$SERVERS/relay"
}
check "Postfix has no password on disk" not_stored
recorded() {
    smtpvault audit --json --last 30 | jq -es --argjson uid "$(id -u postfix)" 'any(.[];
        .op == "get" and .profile == "starttls" and .via == "agent" and (.note | contains("socketmap")) and
        .result == "ok" and .uid == $uid and (.exe | endswith("/smtp")))'
}
check "the log says who asked, and for what" recorded

# ---- a rotation, on both sides, without a word to Postfix --------------------------------
rotate() {
    printf 'another pass%%word "%s"\n' "$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')" \
        >"$MAIL_PASSWORD_FILE"
    sleep 1.1 # Dovecot looks at the file's time, in seconds
    printf '%s:{PLAIN}%s\n' "$MAIL_USER" "$(cat "$MAIL_PASSWORD_FILE")" >"$SERVERS/dovecot/users"
    smtpvault --quiet edit starttls --password-from "file:$MAIL_PASSWORD_FILE"
}
check "the password is rotated" rotate
check "Postfix takes another message" relay_send second
check "it arrives as well" arrived second

# ---- without an agent the mail waits -----------------------------------------------------
waits() {
    smtpvault lock
    wait "$AGENT_PID" || true
    AGENT_PID=''
    relay_send third
    relay_said 1 'status=deferred'
    [ "$(relay_queue)" -ge 1 ]
}
check "a locked agent keeps the mail waiting" waits
agent_start
check "it arrives when the agent is back" comes_later third
not_bounced() {
    ! grep -E 'status=bounced|sender non-delivery' "$SERVERS/relay.log"
}
check "nothing was bounced" not_bounced
emptied() {
    [ "$(relay_queue)" -eq 0 ]
}
check "the queue is empty" wait_for emptied
relay_stop

# ---- through proxymap, as a Postfix in a chroot needs it --------------
relay_start "proxy:socketmap:unix:$SERVERS/ask/socketmap:sasl"
check "Postfix takes a message, through proxymap" relay_send fourth
check "it arrives, through proxymap" arrived fourth

# ---- two logins at one server, told apart by the sender ---------------------------------
printf 'not this one' >"$WORK/wrong"
smtpvault --quiet add decoy --host localhost --port "$SUBMISSION_PORT" --tls starttls \
    --username eve --from eve@example.test --password-from "file:$WORK/wrong"
relay_stop
relay_start "socketmap:unix:$SERVERS/ask/socketmap:sasl" \
    'smtp_sender_dependent_authentication = yes'
check "Postfix takes a message of one of them" relay_send sender
check "the sender chooses among two logins at one server" arrived sender
smtpvault --quiet remove --yes decoy

# ---- a login that Postfix cannot be told --------------------------------------------------
refused() {
    smtpvault --quiet edit starttls --username 'alice:x'
    relay_send fifth
    relay_said 1 'status=deferred'
    relay_said 1 'has a colon'
}
check "a user name with a colon is refused, and the mail waits" refused
smtpvault --quiet edit starttls --username "$MAIL_USER"
check "it arrives when the profile is mended" comes_later fifth
all_ok
