#!/bin/bash
# SPDX-License-Identifier: ISC
# An agent that renews an access token while clients go and come, while the process that asks
# for it dies, and while it ends.
# shellcheck disable=SC2317 # the trap calls a function by its name
set -eu
LIB=$(dirname "$0")/lib
# shellcheck source=tests/integration/lib/oauth.sh
. "$LIB/oauth.sh"
LIB=$(cd "$LIB" && pwd)
: "${SMTPVAULT:?the program under test}"
WORK=$(mktemp -d /tmp/smtpvault-oauth.XXXXXX)
agent=
ended() {
    [ -z "$agent" ] || kill -9 "$agent" 2>/dev/null || true
    oauth_stop
    cd /
    rm -rf "$WORK"
}
trap 'exit 1' HUP INT TERM PIPE
trap ended EXIT
export HOME="$WORK" XDG_CONFIG_HOME="$WORK/.config" XDG_DATA_HOME="$WORK/.local/share" \
    XDG_STATE_HOME="$WORK/.local/state" XDG_RUNTIME_DIR="$WORK/run" LC_ALL=C.UTF-8 NO_COLOR=1 \
    SMTPVAULT_KEYFILE="$WORK/key" SMTPVAULT_NO_INPUT=1
PATH=$(dirname "$SMTPVAULT"):$PATH
umask 077
cd "$WORK"
mkdir run
oauth_start "$WORK/provider"
smtpvault --quiet init --no-passphrase
failed=0

wait_for() { # wait_for COMMAND...
    for _ in $(seq 200); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    echo "not ok waited for: $*"
    return 1
}
# A login whose token ends at once; curl is the browser.
log_in() {
    echo 1 >"$OAUTH/life"
    : >login.err
    SMTPVAULT_NO_INPUT=0 smtpvault --no-agent login work "$@" 2>login.err &
    wait_for grep '^http' login.err
    curl -sL "$(grep -m1 '^http' login.err)" >page
    wait "$!" || { cat login.err; return 1; }
}
start_agent() {
    smtpvault agent --for 0 --idle 0 >agent.out 2>&1 &
    agent=$!
    wait_for sh -c 'smtpvault status --json | grep -q "\"pid\": *[0-9]"'
}
run() { # run NAME CASE
    if /usr/bin/python3 "$LIB/oauth_agent.py" "$2" "$OAUTH" "$agent" >said 2>&1; then
        echo "ok $1"
    else
        failed=1
        echo "not ok $1"
        sed 's/^/  /' said agent.out
    fi
}

log_in --host localhost --port 465 --tls implicit --username a@example.test \
    --from a@example.test --client-id test-client --auth-url "$OAUTH_PLAIN/authorize" \
    --token-url "$OAUTH_PLAIN/token" --scopes mail.send
start_agent
smtpvault get work >/dev/null
sleep 6 # what ends at once is given out for so long
run "who went is not mistaken for who came" gone
log_in
run "without memory for a grant nobody waits" no-memory
log_in
run "who asks for a token may be killed" killed
log_in
run "an agent that ends keeps a refresh token that is on its way" end
agent=
exit "$failed"
