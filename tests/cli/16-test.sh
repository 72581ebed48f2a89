#!/bin/bash
# SPDX-License-Identifier: ISC
# test: its words and its record; what servers say is the business of the
# integration tests.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
expect_status 64 test
expect_stderr_has 'there is no login to test: "smtpvault add" makes one'
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
t_secrets=(s3cret-x)
printf s3cret-x >secret
expect_status 0 add work --host 127.0.0.1 --port "$port" --tls implicit --username ann \
    --password-from file:secret
expect_status 1 test work
expect_stdout_has "work: refused: 127.0.0.1:$port (implicit TLS)"
expect_stdout_has "  cause: "
expect_stdout_has "  advice: "
# Without a name it is the only one.
cp out named
expect_status 1 test
expect cmp -s <(sed 's/[0-9]* ms//g' named) <(sed 's/[0-9]* ms//g' out)
expect_status 1 test --probe
expect_stdout_has "work: refused"
expect_status 1 test work --json --timeout 5
expect_json '.[0] | keys_unsorted == ["schema", "profile", "ok", "verdict", "who", "phase", "code",
    "enhanced", "text", "cause", "advice", "mechanism", "tls", "mechanisms", "capabilities", "ms"] and
    .schema == 1 and .profile == "work" and .ok == false and .verdict == "refused" and
    .phase == "connect" and .code == null and .tls == null and
    (.ms | keys_unsorted == ["resolve", "connect", "tls", "greeting", "auth", "sender", "send", "total"])'
expect_status 0 add two --host 127.0.0.1 --port "$port" --tls starttls --username ann \
    --password-from file:secret
expect_status 1 test work two --json
expect_json 'length == 2 and map(.profile) == ["work", "two"]'
expect_status 0 add clear --host 127.0.0.1 --port "$port" --tls none --insecure --username ann \
    --password-from file:secret
expect_status 64 test clear
expect_stderr_has "never sends a secret in clear"
expect_status 1 test --all --json
expect_json 'length == 2'
expect_stderr_has "clear uses no TLS and is not tested"

# An address has brackets in a profile, and none on the way to the server.
expect_status 0 add six --host '[::1]' --port "$port" --tls starttls --username ann --password-from file:secret
expect_status 1 test six
expect_stdout_has "six: refused: [::1]:$port"
expect_status 0 rm six --yes
expect_status 1 test --all
expect_stdout_has "NAME  VERDICT  SERVER"
expect_stdout_has "two   refused  127.0.0.1:$port"
expect_stdout_has "two: refused: 127.0.0.1:$port (STARTTLS)"
expect_stderr_has "0 of 2 logins work"
# The outcomes come in the order of the names, also of one that cannot be tested.
expect_status 64 test two clear work
expect_status 66 test --all --ca-file nowhere.pem
expect_stderr_has "nowhere.pem"
expect_status 64 test work --send nobody
expect_stderr_has "--send wants one address"
expect_status 64 test --all --send ann@example.com
expect_status 64 test --all --accept-change
expect_status 64 test work --probe --from-check
expect_status 64 test work --from-check
expect_stderr_has "work has no sender address"


# A kernel that cannot confine the helper: that is said once, and tested all the same.
strace -f -qqq -o /dev/null -e trace=landlock_create_ruleset \
    -e inject=landlock_create_ruleset:error=ENOSYS "$program" test two work >out 2>err
expect [ "$(grep -c 'this kernel has no Landlock' err)" -eq 1 ]
expect [ "$(grep -c ': refused: ' out)" -eq 2 ]

# Side by side: four servers that say nothing take the time of one.
python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 0), backlog=16)
print(s.getsockname()[1], flush=True)
time.sleep(60)' >silent &
silent=$!
until [[ -s silent ]]; do sleep 0.02; done
mute=()
for i in 1 2 3 4; do
    expect_status 0 add "mute-$i" --host 127.0.0.1 --port "$(<silent)" --tls implicit \
        --username ann --password-from file:secret
    mute+=("mute-$i")
done
begun=$EPOCHREALTIME
expect_status 1 test "${mute[@]}" --timeout 1 --json
expect_json 'map(.profile) == ["mute-1", "mute-2", "mute-3", "mute-4"] and
    all(.verdict == "timeout" or .verdict == "wrong-tls-mode")'
expect [ $(((${EPOCHREALTIME/./} - ${begun/./}) / 1000)) -lt 3000 ]
kill "$silent"
wait "$silent" 2>/dev/null
expect_status 0 rm "${mute[@]}" --yes

expect_status 64 test
expect_stderr_has "test wants names, or --all: there are"
expect_status 64 test --probe
expect_status 64 test --all work
expect_status 64 test work --timeout 0
expect_status 64 test work --timeout x
expect_status 66 test nobody
expect_status 66 test work --ca-file nowhere.pem
expect_status 0 audit --op test --json
expect_json 'any(.profile == "work" and .result == "failed" and .note == "refused")'
expect_json 'any(.profile == "clear") == false'

# Without its helper the program says so.
mkdir alone
cp "${program%/*}/libexec/smtpvault" alone/
program=$t/alone/smtpvault
if [[ ! -e /usr/local/libexec/smtpvault/smtpvault-net ]]; then
    expect_status 78 test work
    expect_stderr_has "smtpvault-net"
fi
finish
