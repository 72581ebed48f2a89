#!/bin/bash
# SPDX-License-Identifier: ISC
# Tokens that are for the agent, and tokens of both kinds that are shown to one: what they
# open there, how often, to whom, and that alone the former open nothing.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
unset SMTPVAULT_KEYFILE
k=(--keyfile "$t/key")
trap 'sv lock 2>/dev/null; rm -rf "$t"' EXIT
owner() { sv "${k[@]}" --quiet "$@"; }
export SMTPVAULT_KEYFILE=$t/key
add_plain work s3cret-w
add_plain shop s3cret-s
add_plain home s3cret-h
expect_status 0 edit work --note "nothing else"
unset SMTPVAULT_KEYFILE

owner token add --name ci --profile work --profile shop --max-uses 5 >ci.tok
owner token add --name file home >file.tok
owner token add --name any --agent work >any.tok
owner token add --name py --agent --exe /usr/bin/python3 work >py.tok
owner token add --name pyfile --exe /usr/bin/python3 work >pyfile.tok
t_secrets+=("$(<ci.tok)" "$(<file.tok)" "$(<any.tok)" "$(<py.tok)")
cat >asker.py <<'END'
import subprocess
import sys
sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
END

# Asks the agent for its tokens by hand, with a token shown first or without.
cat >tokens.py <<'END'
import os
import socket
import struct
import sys

def ask(body):
    s.send(body)
    answer = s.recv(1 << 17)
    return answer[1], answer[3:]

s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(os.environ["XDG_RUNTIME_DIR"] + "/smtpvault/agent")
if len(sys.argv) > 1:
    with open(sys.argv[1], "rb") as file:
        token = file.read().strip()
    print(ask(struct.pack("<BBQH", 1, 17, 0, len(token)) + token)[0])
print(*ask(struct.pack("<BBQ", 1, 23, 0)))
END

# ---- words that make no sense
for words in "--max-uses 0" "--max-uses x" "--max-uses -1" "--max-uses 99999999999" \
    "--exe /etc/passwd" "--exe $t/asker.py"; do
    # shellcheck disable=SC2086
    expect_status 64 "${k[@]}" token add --name x work $words
done
expect_status 66 --keyfile key token add --name x work --exe /nowhere
cp /bin/true loose
chmod 777 loose
expect_status 77 --keyfile key token add --name x work --exe "$t/loose"
expect_stderr_has "other users can write to"

# ---- alone they open nothing
for words in "get work" "list" "show work" "exec work -- true" "export work --to dotenv --inline"; do
    # shellcheck disable=SC2086
    expect_status 77 --token-from file:ci.tok $words
    expect_stderr_has 'the token "ci" opens nothing by itself'
done
expect_status 0 --token-from file:file.tok get home
expect_stdout 's3cret-h\n'

# ---- a program: evidence, taken from who asks
expect_status 77 --token-from file:pyfile.tok get work
expect_stderr_has "is for the program"
/usr/bin/python3 asker.py "$program" --token-from file:pyfile.tok get work >out 2>err || die "python was refused"
expect_stdout 's3cret-w\n'

# ---- with an agent
expect_status 0 --keyfile key unlock
for words in "get home" "show home" "get nowhere"; do
    # shellcheck disable=SC2086
    expect_status 77 --token-from file:ci.tok $words
    expect_stderr_has 'the token "ci" opens no profile'
done
expect_status 0 --token-from file:ci.tok list
expect_stdout 'shop\nwork\n'
expect_status 0 --token-from file:ci.tok list --json
expect_json '[.[0].profiles[].name] == ["shop", "work"]'
expect_status 0 --token-from file:ci.tok get work username
expect_stdout 'ann\n'
expect_status 0 --token-from file:ci.tok get work
expect_stdout 's3cret-w\n'
expect_status 0 --token-from file:ci.tok get --json work shop
expect_json '[.[0].profiles[].password] == ["s3cret-w", "s3cret-s"]'
expect_status 77 --token-from file:ci.tok get --json work home
expect_status 0 --token-from file:ci.tok exec work -- sh -c 'cat <&3'
expect_stdout 's3cret-w\n'
expect_status 77 --no-agent --token-from file:ci.tok get work
expect_status 77 --token-from file:ci.tok get work --version previous
expect_status 77 --token-from file:ci.tok member list
/usr/bin/python3 tokens.py >out || die "no answer"
expect grep -q "^0 b'.*ci.*file.*any" out
/usr/bin/python3 tokens.py ci.tok >out || die "no answer"
expect grep -q "^77 b'that is not done with a token" out
expect grep -qx 0 out
expect_status 77 --token-from file:ci.tok due
expect_status 0 "${k[@]}" token list --json
expect_json '.[0].tokens[0] | .uses == 4 and .uses_left == 1 and .kind == "agent"
    and .last_used_by.profile == "work" and (.last_used_by.exe | endswith("bash"))'
expect_status 0 "${k[@]}" token list
expect_stdout_has "4 of 5"
expect_status 0 --token-from file:ci.tok get work
expect_status 77 --token-from file:ci.tok get work
expect_stderr_has "was used as often as it may be (5)"
expect_status 0 --token-from file:ci.tok list
expect_status 0 --token-from file:file.tok get home
expect_stdout 's3cret-h\n'
expect_status 77 --token-from file:file.tok get work
expect_status 77 --token-from file:py.tok get work
expect_stderr_has "is for the program"
/usr/bin/python3 asker.py "$program" --token-from file:py.tok get work >out 2>err || die "python was refused"
expect_stdout 's3cret-w\n'
text=$(<any.tok)
printf '%s' "${text:0:68}$([[ ${text:68} == a ]] && echo b || echo a)" >slip
expect_status 65 --token-from file:slip get work
expect_stderr_has "mistyped"

# ---- a limit holds, however many ask at once
owner token add --name ten --max-uses 10 work >ten.tok
for i in $(seq 30); do
    sv --token-from file:ten.tok get work >"ten.$i" 2>/dev/null &
done
wait
expect [ "$(cat ten.? ten.?? | grep -c s3cret-w)" -eq 10 ]
expect_status 0 "${k[@]}" token list --json
expect_json '[.[0].tokens[] | select(.name == "ten") | .uses, .uses_left] == [10, 0]'

# ---- changed, removed and locked under it
printf 'n3w-w' | owner edit work --password-from stdin
expect_status 0 --token-from file:any.tok get work
expect_stdout 'n3w-w\n'
expect_status 0 "${k[@]}" token remove any
expect_status 77 --token-from file:any.tok get work
expect_stderr_has "knows no such token"
expect_status 0 lock
expect_status 77 --token-from file:py.tok get work
expect_stderr_has "opens nothing by itself"
expect_status 0 "${k[@]}" unlock
expect_status 77 --token-from file:ci.tok get work
expect_stderr_has "(5)"
expect_status 0 lock

# ---- on record
expect_status 0 "${k[@]}" audit --json
expect_json '[.[] | select(.token == "ci" and .op == "get" and .result == "ok")] | length == 4'
expect_json 'any(.token == "ci" and .op == "get" and .result == "denied" and .via == "agent"
    and .note == "no uses left")'
expect_json 'any(.token == "py" and .op == "unlock" and .result == "denied"
    and .note == "another program")'
expect_json 'any(.token == "ci" and .note == "it is for an agent" and .via == "token")'
expect_status 0 "${k[@]}" verify
expect_status 0 "${k[@]}" audit verify
finish
