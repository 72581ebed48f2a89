#!/bin/bash
# SPDX-License-Identifier: ISC
# A grant that somebody has to confirm, through an agent: by the program of
# SMTPVAULT_ASKPASS, and on the terminal of an agent in the foreground. Who waits for a
# person waits alone, and nobody at all to ask is a refusal at once.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
key=$SMTPVAULT_KEYFILE
add_plain work s3cret-w
add_plain home s3cret-h
expect_status 0 -q grant add work --user "$(id -u)" --confirm
unset SMTPVAULT_NO_INPUT SMTPVAULT_KEYFILE

askpass() { # askpass STATUS SECONDS: an agent that asks such a program
    expect_status 0 -q lock
    cat >"$t/askpass" <<END
#!/bin/sh
printf '%s\n' "\$SMTPVAULT_ASKPASS_PROMPT" "\$1" >>"$t/asked"
sleep $2
exit $1
END
    chmod +x "$t/askpass"
    rm -f "$t/asked"
    SMTPVAULT_ASKPASS=$t/askpass expect_status 0 --keyfile "$key" -q unlock
}

# ---- yes, each time; the question says who asks
askpass 0 0
expect_status 0 get work
expect_stdout 's3cret-w\n'
expect_status 0 get work --json
expect [ "$(grep -c '^confirm$' asked)" = 2 ]
expect grep -q "^Give the secret of \"work\" to .*54-confirm.sh.*?$" asked
expect_status 0 get home # nobody is asked
expect [ "$(grep -c '^confirm$' asked)" = 2 ]
expect_status 0 --keyfile "$key" audit --op get --profile work --json
expect_json 'length == 2 and all(.result == "ok" and (.note | contains("confirmed")))'

# ---- no
askpass 1 0
expect_status 77 get work
expect_stderr_has "it was not confirmed"
expect_status 77 show work --reveal
expect_status 0 --keyfile "$key" audit --profile work --result denied --json
expect_json 'length == 2 and all(.note == "not confirmed")'

# ---- a person takes time: longer than a client waits for an agent; others do not wait
askpass 0 17
sv get work >late 2>late.err &
waiting=$!
for _ in $(seq 100); do
    [[ -e asked ]] && break
    sleep 0.05
done
begun=$SECONDS
for _ in 1 2 3; do
    expect_status 0 get home
    expect_status 0 list
done
expect [ $((SECONDS - begun)) -le 3 ]
# One that gives up is not asked about.
timeout 1 "$program" get work >gave-up 2>&1
expect [ ! -s gave-up ]
wait "$waiting"
expect [ "$(cat late)" = s3cret-w ]
sleep 1
expect [ "$(grep -c '^confirm$' asked)" = 1 ]
expect_status 0 -q lock

# ---- the process that asks dies: nobody who waits for it is left waiting
askpass 0 8
agent=$(sv status --json | jq .agent.pid)
asker=$(pgrep -P "$agent" -x smtpvault-ask)
left=()
for n in 1 2 3; do
    timeout -k 1 15 "$program" get work >"left-$n" 2>"left-$n.err" &
    left+=($!)
done
for _ in $(seq 100); do
    [[ -e asked ]] && break
    sleep 0.05
done
sleep 0.5 # and the other two are behind it
expect_status 0 get home
kill -9 "$asker"
for n in 1 2 3; do
    got=0
    wait "${left[n - 1]}" || got=$?
    expect [ "$got" = 77 ]
    expect [ ! -s "left-$n" ]
    expect grep -q "the process that asks has ended: lock and unlock the vault" "left-$n.err"
done
expect_status 77 get work
expect_status 0 -q lock

# ---- the program goes away, or is not there
SMTPVAULT_ASKPASS=$t/none expect_status 0 --keyfile "$key" -q unlock
expect_status 77 get work
expect_stderr_has 'only when somebody confirms it'
expect_status 0 -q lock
expect_status 0 --keyfile "$key" -q unlock
begun=$SECONDS
expect_status 77 get work
expect_stderr_has "there is nobody to ask: set SMTPVAULT_ASKPASS"
expect [ $((SECONDS - begun)) -le 1 ]
expect_status 0 -q lock

# ---- in the foreground: on its own terminal
t_open "'$program' --keyfile '$key' agent"
for _ in $(seq 100); do
    [[ -S $XDG_RUNTIME_DIR/smtpvault/agent ]] && break
    sleep 0.05
done
sv get work >answered 2>answered.err &
waiting=$!
t_see 'Give the secret of "work" to'
t_type y
t_key Enter
wait "$waiting"
expect [ "$(cat answered)" = s3cret-w ]
sv get work >answered 2>answered.err &
waiting=$!
for _ in $(seq 100); do
    [[ $(t_screen | grep -c 'Give the secret') -ge 2 ]] && break
    sleep 0.05
done
t_type n
t_key Enter
got=0
wait "$waiting" || got=$?
expect [ "$got" = 77 ]
expect [ ! -s answered ]
t_key C-c
t_see 'the agent ended because of a signal'
finish
