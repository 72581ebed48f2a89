#!/bin/bash
# SPDX-License-Identifier: ISC
# An agent that renews an access token while clients go and come, while the process that asks
# for it dies, and while it ends.
# shellcheck disable=SC2317 # the trap calls a function by its name
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
# shellcheck source=tests/integration/lib/oauth.sh
. "$LIB/oauth.sh"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
agent=
ended() {
    [ -z "$agent" ] || kill -9 "$agent" 2>/dev/null || true
    oauth_stop
    work_end
}
trap ended EXIT
work_begin
oauth_start "$WORK/provider"
smtpvault --quiet init --no-passphrase

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
    check "$1" /usr/bin/python3 "$LIB/oauth_agent.py" "$2" "$OAUTH" "$agent"
}
work_failed() {
    sed 's/^/  /' agent.out
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
all_ok
