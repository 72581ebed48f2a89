#!/bin/bash
# SPDX-License-Identifier: ISC
# The agent: what it serves, who is on record, when it ends, and what is said when it is
# not there, is there twice, was killed, or keeps another vault open.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-w
add_plain home s3cret-h --tag private
socket=$XDG_RUNTIME_DIR/smtpvault/agent

agent_pid() {
    sv status --json | jq .agent.pid
}
# gone PID: it ends by itself within seconds.
gone() {
    ((checks++))
    for _ in $(seq 200); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.05
    done
    die "process $1 does not end"
}
trap 'pid=$(agent_pid 2>/dev/null) && [[ $pid != null ]] && kill "$pid" 2>/dev/null; rm -rf "$t"' EXIT

# ---- without one
expect_status 0 lock
expect_stderr_has "no agent keeps the vault open"
expect_status 0 status
expect_stdout_has "Agent       none"
for bad in '--for x' '--for -1h' '--idle 1' '--for ' '--idle 5q'; do
    # shellcheck disable=SC2086 # words
    [[ $bad == '--idle 1' ]] || expect_status 64 unlock ${bad% }
done
expect_status 64 --no-agent unlock
expect_status 64 unlock --recovery --for 1h

# ---- with one: nothing is asked
key=$SMTPVAULT_KEYFILE
expect_status 0 unlock --for 2h --idle 30m
expect_stderr_has "the vault is open until"
unset SMTPVAULT_KEYFILE
pid=$(agent_pid)
expect_status 0 get work
expect_stdout 's3cret-w\n'
expect_status 0 get work username -n
expect_stdout 'ann'
expect_status 66 get nobody
expect_stderr_has 'there is no profile "nobody"'
expect_status 66 get wrok
expect_stderr_has 'there is no profile "wrok" (did you mean "work"?)'
expect_status 66 show wrok
expect_stderr_has '(did you mean "work"?)'
expect_status 66 get work nothing
expect_status 0 get work home --json
expect_json '.[0].profiles | map(.password) == ["s3cret-w", "s3cret-h"]'
expect_status 0 list
expect_stdout 'home\nwork\n'
expect_status 0 show work --reveal
expect_stdout_has s3cret-w
expect_status 0 --no-agent --keyfile "$key" get work
expect_status 75 --no-agent get work

# ---- and logins are changed
printf new-secret | expect_status 0 edit work --password-from stdin --note 'by agent'
expect_status 0 get work --version 1
expect_stdout 's3cret-w\n'
expect_status 0 get work --version previous
expect_stdout 's3cret-w\n'
expect_status 0 history work --json
expect_status 0 rollback work
expect_status 0 get work
expect_stdout 's3cret-w\n'
expect_status 0 rename home house
expect_status 73 rename house work
printf x | expect_status 73 add house --host h.example.org --port 465 --tls implicit --username u --password-from stdin
printf third-secret | expect_status 0 add third --host h.example.org --port 465 --tls implicit --username u --password-from stdin
expect_status 0 remove third --yes
expect_status 0 policy set work --every 90d
expect_status 0 due
expect_status 0 policy set --all --every 30d --after true
expect_status 0 policy set work --grace 3d
expect_status 0 policy show work --json
expect_json '.[0].terms | .every == {"value": "90d", "from": "this profile"} and
    .after == {"value": ["true"], "from": "the vault"} and .grace.from == "this profile"'
expect_status 0 list --json
expect_json '.[0].profiles | map(.rotation.every_days) | sort | .[0] == 30'
expect_status 1 due --within 31d --json
expect_json '.[0].items | all(.clock == "period" and .profile != "work")'
expect_status 0 policy remove --all
expect_status 66 policy remove --all
# shellcheck disable=SC2016 # for that shell
expect_status 0 exec work -- sh -c 'read -r x <&3; test "$x" = s3cret-w'
head -c 10000000 /dev/zero | tr '\0' x | expect_status 65 edit work --password-from stdin

# ---- each use is on record: the way, the program, the refusals
expect_status 0 audit --json
expect_json 'map(select(.op == "get" and .result == "ok" and .via == "agent")) | length >= 6'
expect_json 'map(select(.op == "get" and .profile == "nobody")) | length == 1 and .[0].result == "failed"'
expect_json 'map(select(.op == "edit" and .via == "agent")) | length == 1 and (.[0].exe | endswith("bash"))'
expect_json 'map(select(.op == "agent")) | length == 1 and .[0].note == "began"'
expect_json 'map(select(.op == "edit")) | .[0].member == "owner"'

# ---- what it does for nobody
for words in 'passphrase --new-keyfile other' 'member list' 'audit verify'; do
    # shellcheck disable=SC2086 # words
    expect_status 75 $words
    expect_stderr_has "the vault is open only in the agent, which does not do this, and opens with a key file"
done
expect_status 0 --keyfile "$key" member list

# ---- its state
expect_status 0 status --json
expect_json '.[0] | .unlocked and .profiles == 2 and .agent.pid == '"$pid"' and .agent.released >= 8 and .agent.refused == 0'
expect_status 0 status
expect_stdout_has "Agent       process $pid, open since"

# ---- another process changes the vault for long: a change is told to try again, and soon
flock "$XDG_STATE_HOME"/smtpvault/*/write.lock sleep 4 &
sleep 0.3
begun=$SECONDS
expect_status 75 edit work --note busy
expect_stderr_has "1 second"
expect_status 0 get work
expect [ $((SECONDS - begun)) -le 2 ]
wait

# ---- a second one
expect_status 73 --keyfile "$key" agent
expect_stderr_has "an agent keeps this vault open already"
expect_status 0 --keyfile "$key" unlock
expect_stderr_has "the vault is open already"
expect [ "$(agent_pid)" = "$pid" ]
expect_status 0 --keyfile "$key" unlock --for 3h
expect [ "$(agent_pid)" != "$pid" ]
gone "$pid"
pid=$(agent_pid)
# A successor that cannot open the vault leaves the one that is there.
expect_status 66 --keyfile "$t/none" unlock --for 3h
expect [ "$(agent_pid)" = "$pid" ]

# ---- another vault is not this one's business
expect_status 0 --vault "$t/other.db" --keyfile "$t/other.key" init --no-passphrase
expect_status 75 --vault "$t/other.db" get work
XDG_DATA_HOME=$t/data2 expect_status 0 --keyfile "$t/third.key" init --no-passphrase
XDG_DATA_HOME=$t/data2 expect_status 75 get work
expect_status 0 --vault "$t/other.db" --keyfile "$t/other.key" unlock
expect_status 66 --vault "$t/./other.db" get work
expect_status 0 --vault "$t/other.db" lock
expect_status 0 get work

# ---- lock, and signals
expect_status 0 lock
gone "$pid"
expect_absent "$socket"
expect_status 75 get work
for signal in TERM HUP INT; do
    expect_status 0 --keyfile "$key" -q unlock
    pid=$(agent_pid)
    kill -"$signal" "$pid"
    gone "$pid"
    expect_absent "$socket"
done
expect_status 0 --keyfile "$key" audit --op agent --json
expect_json 'map(select(.note | startswith("ended because of a"))) | length == 3'

# ---- killed: what it left is not in the way
expect_status 0 --keyfile "$key" -q unlock
kill -KILL "$(agent_pid)"
expect_status 75 get work
expect test -S "$socket"
expect_status 0 --keyfile "$key" -q unlock
expect_status 0 get work

# ---- stopped, it is named; in a folder of everybody's it is not asked
pid=$(agent_pid)
kill -STOP "$pid"
sv status >out 2>status.err & # both wait
expect_status 75 get work
expect_stderr_has "busy or stopped"
expect_stderr_has '"smtpvault status"'
wait $!
expect [ $? = 75 ]
expect grep -q "it is busy or stopped; try again, or end the process $pid" status.err
kill -CONT "$pid"
chmod 777 "${socket%/*}"
expect_status 77 get work
expect_stderr_has "run \"chmod go-w\" on ${socket%/*}, or add --no-agent"
chmod 700 "${socket%/*}"
expect_status 0 get work

# ---- stopped, it is locked all the same
pid=$(agent_pid)
kill -STOP "$pid"
expect_status 0 lock
expect_stderr_has "ended by force"
gone "$pid"
expect_status 75 get work
expect_status 0 --keyfile "$key" -q unlock
expect_status 0 get work

# ---- the vault's file is replaced under it
pid=$(agent_pid)
cp "$vault" "$t/copy.db" && mv "$t/copy.db" "$vault"
expect_status 75 get work
gone "$pid"
expect_status 0 --keyfile "$key" audit --op agent --last 1 --json
expect_json '.[0].note == "ended because the vault'"'"'s file was replaced"'

# ---- its keys are changed by another member
expect_status 0 --keyfile "$key" -q member add bob --role reader --no-passphrase --new-keyfile "$t/bob"
expect_status 0 --keyfile "$key" -q unlock
pid=$(agent_pid)
expect_status 0 --keyfile "$key" -q member remove bob --yes
expect_status 75 get work
gone "$pid"

# ---- time
expect_status 0 --keyfile "$key" unlock --for 10m --idle 1h
expect_stderr_has "the vault is open until"
expect_not grep -q unused err
expect_not grep -q already err
expect_status 0 status
expect_not grep -q unused out
expect_status 0 lock
expect_status 0 --keyfile "$key" unlock --for 1h --idle 10m
expect_stderr_has "unless it is used it locks at"
expect_status 0 lock
expect_status 0 --keyfile "$key" -q unlock --for 2s --idle 0
pid=$(agent_pid)
gone "$pid"
expect_status 0 --keyfile "$key" -q unlock --for 0 --idle 2s
pid=$(agent_pid)
sleep 1.2
expect_status 0 get work # a use moves the end on
sleep 1.2
expect kill -0 "$pid"
gone "$pid"
expect_status 0 --keyfile "$key" audit --op agent --last 1 --json
expect_json '.[0].note == "ended because nobody asked for a while"'

# ---- places
XDG_RUNTIME_DIR=$t/$(printf 'long%.0s' {1..40})
mkdir "$XDG_RUNTIME_DIR"
expect_status 78 --keyfile "$key" unlock
expect_stderr_has "too long for a socket"
expect_status 0 --keyfile "$key" get work # a fetch does without
unset XDG_RUNTIME_DIR
expect_status 0 --keyfile "$key" -q unlock
expect test -S "$XDG_STATE_HOME/smtpvault/run/agent"
expect_status 0 get work
expect_status 0 -q lock
export SMTPVAULT_AGENT=relative
expect_status 78 get work
export SMTPVAULT_AGENT=$t/nothing-there
expect_status 69 get work
expect_stderr_has "no agent answers at"
expect_status 0 --no-agent --keyfile "$key" get work
expect_status 69 status
expect_stderr_has "no agent answers at"

# ---- an agent for somebody who has no vault, or another one
unset SMTPVAULT_AGENT
expect_status 0 --keyfile "$key" -q unlock
export SMTPVAULT_AGENT=$XDG_STATE_HOME/smtpvault/run/agent
for data in "$t/nobodys" "$t/data2"; do
    XDG_DATA_HOME=$data expect_status 0 status
    expect_stdout_has "Vault       ~/data/smtpvault/vault.db, the agent's"
    expect_stdout_has "Agent       process "
    expect_stdout_has "Logins      2"
    XDG_DATA_HOME=$data expect_status 0 status --json
    expect_json '.[0] | .vault == "'"$vault"'" and .id == null and .agent.pid > 0 and .profiles == 2 and .slots == null'
done
XDG_DATA_HOME=$t/nobodys expect_status 66 --no-agent status
expect_stderr_has 'smtpvault init'
expect_status 0 status
expect_stdout_has "Opens with  "
expect_status 0 lock
expect_status 69 status
finish
