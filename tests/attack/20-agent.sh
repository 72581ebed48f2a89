#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 20, an impostor of the agent, stalled or oversized clients.
# Without AGENT_PLACE: an impostor was asked
# Without AGENT_PEER: another user's client is served
#
# Somebody else's socket in the agent's place gets no request. A thousand clients that
# say nothing, clients that read nothing, frames that are none or too long: the agent goes
# on, others are served within seconds, and nobody gets what is not theirs.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
peer() {
    python3 "$here/agent_peer.py" "$@"
}
secret='secret-Ag1-value'
t_vault
add_plain work "$secret"
socket=$XDG_RUNTIME_DIR/smtpvault/agent
expect_status 0 -q unlock
agent=$(sv status --json | jq .agent.pid)
impostor=
# shellcheck disable=SC2086 # one or two numbers
trap 'kill "$agent" $impostor 2>/dev/null; rm -rf "$t"' EXIT
unset SMTPVAULT_KEYFILE

# ---- it is served, by the front and by the full program
expect_status 0 get work
expect_stdout "$secret\n"
expect_status 0 show work --reveal
expect_stdout_has "$secret"
expect_mode 600 "$socket"
expect_mode 700 "${socket%/*}"

# ---- clients that hold it up
for attack in idle deaf garbage oversized; do
    peer "$attack" "$socket" "$secret" || broken "$attack clients hold up the agent, or more"
    ((checks++))
done
expect [ "$(peer version "$socket")" = 69 ]
expect kill -0 "$agent"
expect_status 0 get work

# ---- what a taken-over agent may call (20-calls) holds for the one that runs
if [[ ${BUILD-} != *asan* ]]; then
    expect grep -q '^Seccomp:.*2$' "/proc/$agent/status"
fi
expect grep -q '^NoNewPrivs:.*1$' "/proc/$agent/status"
expect grep -q '^Max core file size *0 *0 ' "/proc/$agent/limits"

# ---- another user, before whom the modes are no wall any more
if [[ $(id -u) -eq 0 ]]; then
    chmod 711 "$t" "$t/run" "${socket%/*}"
    chmod 666 "$socket"
    cp "$here/agent_peer.py" "$t/peer.py"
    chmod 644 "$t/peer.py"
    setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 "$t/peer.py" foreign "$socket" \
        "$secret" || broken "another user's client is served"
    ((checks++))

    # ---- an impostor: in a folder where anybody may put something
    mkdir -m 1777 "$t/open"
    setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 "$t/peer.py" impostor \
        "$t/open/agent" >asked 2>&1 &
    impostor=$!
    for _ in $(seq 100); do
        grep -q ready asked && break
        sleep 0.05
    done
    export SMTPVAULT_AGENT=$t/open/agent
    for words in 'get work' 'get work --json' 'list' 'status'; do
        # shellcheck disable=SC2086 # words
        sv $words >out 2>err
        got=$?
        grep -q asked asked && broken "an impostor was asked"
        [[ $got -ne 0 ]] || broken "what an impostor answers is taken for the agent's"
        ((checks++))
    done
    kill "$impostor"
    unset SMTPVAULT_AGENT
fi

# ---- an agent that serves others: what was granted to them, and nothing else
if [[ $(id -u) -eq 0 ]]; then
    expect_status 0 -q lock
    sv -q --keyfile "$t/key" agent --others >others 2>&1 &
    for _ in $(seq 100); do
        [[ -S $socket ]] && break
        sleep 0.05
    done
    chmod 666 "$socket"
    other() { # other STATUS
        setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 "$t/peer.py" granted \
            "$socket" "$secret" "$1" || broken "another user's client is served as if it were ours"
        ((checks++))
    }
    other 77
    expect_status 0 --keyfile "$t/key" -q grant add work --user nobody
    other 0
    expect_status 0 --keyfile "$t/key" -q grant remove work 1
    expect_status 0 --keyfile "$t/key" -q grant add work --user daemon
    other 77
    expect_status 0 --keyfile "$t/key" audit --op get --result denied --json
    expect_json 'map(select(.uid == 65534)) | length == 2'
    agent=$!
fi

# ---- locked: no process, no socket
expect_status 0 lock
for _ in $(seq 100); do
    kill -0 "$agent" 2>/dev/null || break
    sleep 0.05
done
expect_not kill -0 "$agent"
expect_absent "$socket"
expect_status 75 get work
finish
