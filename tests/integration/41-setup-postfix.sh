#!/bin/sh
# SPDX-License-Identifier: ISC
# A Postfix that "smtpvault setup postfix" has set up sends: by the agent's socket, and where no
# agent runs as a service by a copy that "export --refresh" writes anew. What was in its main.cf
# before is in the way, and comes back.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/relay.sh
. "$(dirname "$0")/lib/relay.sh"
AGENT_PID=

stop() {
    relay_stop
    if [ -n "$AGENT_PID" ]; then
        kill "$AGENT_PID" 2>/dev/null || true
        wait "$AGENT_PID" 2>/dev/null || true
    fi
    vault_stop
}
trap stop EXIT

vault_start
keep_ca_file
mkdir -m 750 "$SERVERS/ask"
chgrp postfix "$SERVERS/ask"
SOCKET=$SERVERS/ask/socketmap
# A relay with a login of its own, that is no good any more.
printf '[localhost]:%s old:old\n' "$SUBMISSION_PORT" >"$WORK/old"
relay_start "texthash:$WORK/old" 'smtp_tls_wrappermode =
    no'
MAIN=$SERVERS/relay/etc/main.cf
cp "$MAIN" "$WORK/original"

set_up() {
    smtpvault setup postfix "$@" --file "$MAIN" --yes
    hides_secret "$MAIN"
    cp "$MAIN" "$WORK/once"
    smtpvault setup postfix "$@" --file "$MAIN" --yes
    cmp "$MAIN" "$WORK/once"
    # Postfix warns of a parameter that is there twice.
    postconf -c "$SERVERS/relay/etc" -n >"$WORK/parameters" 2>&1
    ! grep -i warning "$WORK/parameters"
}
reload() {
    kill -HUP "$RELAY_PID"
}
# sends SUBJECT: what is in Postfix still when it is told of the change is tried again.
sends() {
    relay_send "$1"
    for _ in 1 2 3; do
        ! arrived "$1" || return 0
        relay_again
    done
    tail -20 "$SERVERS/relay.log"
    return 1
}

# ---- by the agent's socket ----------------------------------------------------------------
for program in smtp proxymap; do
    smtpvault --quiet grant add starttls --user postfix --exe "/usr/lib/postfix/sbin/$program"
done
smtpvault agent --socketmap "unix:$SOCKET" 2>"$WORK/agent.log" &
AGENT_PID=$!
sockets_answer "$SOCKET"
check "setup postfix writes main.cf, once" set_up starttls --socket "$SOCKET"
reload
check "what Postfix takes arrives" sends socket
asked() {
    smtpvault audit --json --last 30 | jq -es 'any(.[]; .op == "get" and .profile == "starttls" and
        .result == "ok" and (.note | contains("socketmap")))'
}
check "the agent was asked" asked
smtpvault lock
wait "$AGENT_PID" || true
AGENT_PID=

# ---- without an agent, by a copy ------------------------------------------------------------
COPY=$SERVERS/relay/etc/sasl_passwd
check "with a copy another login takes its place" set_up implicit --copy "$COPY"
only_copy() {
    ! grep -q socketmap "$MAIN" && grep -qx "smtp_sasl_password_maps = texthash:$COPY" "$MAIN"
}
check "and no agent is asked" only_copy
check "the copy is written" smtpvault export implicit --to postfix --inline -o "$COPY"
check "for root alone" test "$(stat -c %a "$COPY")" = 600
reload
check "what Postfix takes arrives, by the copy" sends copy
rotate() {
    printf 'another pass%%word "%s"\n' "$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')" \
        >"$MAIL_PASSWORD_FILE"
    sleep 1.1 # Dovecot looks at the file's time, in seconds
    printf '%s:{PLAIN}%s\n' "$MAIL_USER" "$(cat "$MAIL_PASSWORD_FILE")" >"$SERVERS/dovecot/users"
    smtpvault edit implicit --password-from "file:$MAIL_PASSWORD_FILE"
    smtpvault export --refresh implicit
}
check "a rotation, and the copy is written anew" rotate
reload
check "what Postfix takes arrives, by the new copy" sends rotated

undone() {
    smtpvault setup postfix --undo --yes --file "$MAIN"
    cmp "$MAIN" "$WORK/original"
    [ ! -e "$MAIN.before-smtpvault" ]
}
check "undone, main.cf is what it was" undone
all_ok
