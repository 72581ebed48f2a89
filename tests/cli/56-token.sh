#!/bin/bash
# SPDX-License-Identifier: ISC
# token: what a program is given in place of a passphrase, what it opens and what not.
# shellcheck source=tests/cli/lib.sh
source=$(cd "$(dirname "$0")/../.." && pwd)
. "${0%/*}/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$source/tests/cli/terminal.sh"
t_vault
add_plain work s3cret-w --tag mail
add_plain shop s3cret-s --tag mail
add_plain home s3cret-h
expect_status 0 edit work --note "nothing else"

# ---- words that make no sense, before anything is opened
for words in "" "frob" "add" "add --name x" "add --profile work" "add work" "list x" "list --name x" \
    "remove" "remove a b" "remove a --name x" "add --name x --profile work --tag mail" \
    "add --name x work --until never" "add --name x work --until 2001-01-01" \
    "add --name x work --leaked" "add --name x --until 30d"; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 64 --keyfile nowhere token $words
done
expect_status 0 token list
expect_stdout ''
expect_status 0 token list --json
expect_json '.[0] == {schema: 1, tokens: []}'

# ---- made: the token and nothing else
expect_status 0 token add --name ci --profile work --profile shop --until 30d
expect [ "$(wc -lc <out | xargs)" = "1 70" ]
expect grep -qxE 'smtpvault_t1_[a-z2-7]{56}' out
expect_stderr_has 'the token "ci" opens 2 logins until '
cp out ci
t_secrets+=("$(<ci)")
for words in "--name ci --profile home:73" "--name 7 --profile home:64" "--name x --profile nowhere:66" \
    "--name x --profile home --profile home:64" "--name x --tag nothing:66"; do
    # shellcheck disable=SC2086
    expect_status "${words##*:}" token add ${words%:*}
done
expect_status 0 token add --name cron home
cp out cron
expect_status 0 token add --name tagged --tag mail
cp out tagged
expect_status 0 token list
expect_stdout_has "ci"
expect_stdout_has "shop, work"
expect_status 0 token list --json
expect_json '[.[0].tokens[] | .name, .profiles, .number, .until == null] ==
    ["ci", ["shop", "work"], 65536, false, "cron", ["home"], 65537, true,
     "tagged", ["shop", "work"], 65538, true]'

# ---- what it opens, from every source
unset SMTPVAULT_KEYFILE
expect_status 0 --token-from file:ci get work
expect_stdout 's3cret-w\n'
expect_status 0 --token-from stdin get shop <ci
expect_stdout 's3cret-s\n'
expect_status 0 --token-from fd:7 get work 7<ci
expect_stdout 's3cret-w\n'
expect_status 0 --token-from 'cmd:cat ci' get work
expect_stdout 's3cret-w\n'
mkdir credentials
cp ci credentials/token
CREDENTIALS_DIRECTORY=$t/credentials expect_status 0 --token-from cred:token get work
expect_stdout 's3cret-w\n'
SMTPVAULT_TOKEN_FROM=file:$t/ci expect_status 0 get work
expect_stdout 's3cret-w\n'
expect_status 0 --token-from file:tagged get shop
expect_stdout 's3cret-s\n'
export SMTPVAULT_TOKEN_FROM=file:$t/ci
expect_status 0 get work username
expect_stdout 'ann\n'
expect_status 0 list
expect_stdout 'shop\nwork\n'
expect_status 0 list --json
expect_json '[.[0].profiles[].name] == ["shop", "work"] and .[0].profiles[1].last_used != null'
expect_status 0 show work
expect_stdout_has 'mail.example.org'
expect_status 0 show work --reveal
expect_stdout_has 's3cret-w'
expect_status 0 get --json work shop
expect_json '[.[0].profiles[].password] == ["s3cret-w", "s3cret-s"]'
expect_status 0 exec work -- sh -c 'cat <&3; exit 0'
expect_stdout 's3cret-w\n'
expect_status 5 exec work -- sh -c 'exit 5'
expect_status 0 export work --to dotenv --inline
expect_stdout_has 's3cret-w'
expect_status 0 export work --to msmtp
expect_stdout_has 'get work'
expect_not grep -q token-from out
expect_status 1 test work --timeout 1 --json
expect_json '.[0].profile == "work"'

# ---- and what not: all or nothing, and the name is said
expect_status 77 get home
expect_stderr_has 'the token "ci" opens no profile "home"'
expect_status 77 get nowhere
expect_status 77 get --json work home shop
expect_stderr_has '"home"'
for words in "show home" "exec home -- true" "export home --to dotenv --inline" "test home" \
    "get work --version 1" "get work --version previous"; do
    # shellcheck disable=SC2086
    expect_status 77 $words
done
for words in "member list" "token list" "token add --name y work" "token remove ci" "status" "audit" \
    "audit verify" "audit checkpoint" "edit work --port 25" "rename work x" "remove work --yes" \
    "history work" "rollback work" "due" "policy list" "verify" "backup copy.db" "unlock" \
    "passphrase --no-passphrase --new-keyfile k2" \
    "add new --host h --port 25 --username u --generate"; do
    # shellcheck disable=SC2086
    expect_status 77 $words
    expect_stderr_has "a token is for get, show, list, exec, git-credential, export, render, setup and test"
done
expect_absent k2
expect_absent copy.db
for words in "help token" "generate" "providers" "completion bash" "export --formats"; do
    # shellcheck disable=SC2086
    expect_status 0 $words
done

# ---- the hook that another program calls
expect_status 0 --token-from file:ci export work --to msmtp
expect_stdout_has "--token-from file:$t/ci get work"
expect [ "$(env -u SMTPVAULT_TOKEN_FROM sh -c "$(sed -n 's/^passwordeval "\(.*\)"/\1/p' out)")" = s3cret-w ]
expect_status 0 --token-from file:ci export work --to json
expect_json '.[0].profiles[0].password_command | .[1:3] == ["--token-from", "file:'"$t"'/ci"]'
expect_status 0 --token-from fd:7 export work --to msmtp 7<ci
expect_stderr_has "works once"
expect_not grep -q token-from out
unset SMTPVAULT_TOKEN_FROM

# ---- bad tokens
bad() { # bad STATUS TEXT WORDS: the text as a token, and what is said
    printf '%s' "$2" >bad
    expect_status "$1" --token-from file:bad get work
    expect_stderr_has "$3"
}
text=$(<ci)
other=${text:40:1}
bad 65 "${text:0:40}$([[ $other == a ]] && echo b || echo a)${text:41}" "mistyped"
bad 65 "${text:0:68}" "68 characters in place of 69"
bad 65 "$text$text" "138 characters in place of 69"
bad 65 "$text"$'\n'"$(<cron)" "139 characters in place of 69"
bad 65 "smtpvault_t2_${text:13}" "newer smtpvault"
bad 65 "hunter2" "this is no token"
bad 65 "" "the token is empty"
head -c 10485760 /dev/zero >bad
expect_status 65 --token-from file:bad get work
expect_status 65 --token-from stdin get work <bad
expect_status 66 --token-from file:nowhere get work
expect_status 64 --token-from "$text" get work
expect_stderr_has "the token itself"
SMTPVAULT_TOKEN_FROM=$text expect_status 64 get work
expect_status 64 --token="$text" get work
expect_stderr_has "--token-from SOURCE"
for mode in 640 604 620 602; do
    cp ci open
    chmod $mode open
    expect_status 77 --token-from file:open get work
    expect_stderr_has "chmod 600"
done
ln -s ci link
expect_status 0 --token-from file:link get work
mkfifo fifo
expect_status 77 --token-from file:fifo get work
expect_status 75 --token-from tty get work
expect_stderr_has "the token cannot be asked for"

# ---- a token and another way: the command line before the environment, else the token
expect_status 64 --token-from file:ci --keyfile key get work
expect_stderr_has "give one of them"
expect_status 64 --token-from file:ci get work --passphrase-from file:nowhere
SMTPVAULT_TOKEN_FROM=file:nowhere expect_status 0 --keyfile key get home
expect_stdout 's3cret-h\n'
SMTPVAULT_KEYFILE=nowhere expect_status 0 --token-from file:ci get work
SMTPVAULT_KEYFILE=$t/key SMTPVAULT_TOKEN_FROM=file:ci expect_status 77 get home
SMTPVAULT_TOKEN_FROM=file:cron expect_status 0 --token-from file:ci get work

# ---- on a terminal: hidden, and a slip can be mended
# shellcheck disable=SC2154 # of lib.sh
t_open "env -u SMTPVAULT_NO_INPUT $program --token-from tty get work"
t_see "Token for ~/data/smtpvault/vault.db:"
t_type hunter2
t_key Enter
t_see "this is no token"
t_type "$text"
t_key Enter
t_see "s3cret-w"
t_see "ended with 0"
t_see_not "${text:13}"

# ---- a shell that has nothing but a token
printf 'get work\nget home\nmember list\n' >lines
got=0
sv --token-from file:ci shell <lines >out 2>err || got=$?
expect [ $got -eq 77 ]
expect_stdout 's3cret-w\n'
expect_stderr_has 'opens no profile "home"'
expect_stderr_has "a token is for"
printf 'get home\nget work --token-from file:%s\n' "$t/ci" >lines
SMTPVAULT_KEYFILE=$t/key expect_status 0 shell <lines
expect_stdout 's3cret-h\ns3cret-w\n'
printf 'get home\nget home --token-from file:%s\n' "$t/ci" >lines
got=0
SMTPVAULT_KEYFILE=$t/key sv shell <lines >out 2>err || got=$?
expect [ $got -eq 77 ]
expect_stdout 's3cret-h\n'

# ---- each use is in the log, and a token cannot read it
expect_status 0 --keyfile key audit --json --via token
expect_json 'all(.token == "ci" or .token == "tagged" or .token == "cron")'
expect_json 'any(.op == "get" and .profile == "work" and .result == "ok" and .token == "ci")'
expect_json 'any(.op == "get" and .profile == "home" and .result == "denied" and .token == "ci")'
expect_json 'any(.op == "exec" and .profile == "work" and .result == "ok" and .token == "ci")'
expect_status 0 --keyfile key audit
expect_stdout_has "token ci"
expect_status 0 --keyfile key audit verify

# ---- changes reach it
expect_status 0 --keyfile key rename work office
expect_status 0 --token-from file:ci list
expect_stdout 'office\nshop\n'
printf 'n3w-w' | expect_status 0 --keyfile key edit office --password-from stdin
expect_status 0 --token-from file:ci get office
expect_stdout 'n3w-w\n'

# ---- removed
expect_status 66 --keyfile key token remove nobody
expect_stderr_has 'there is no token "nobody"'
expect_status 0 --keyfile key token remove ci --json
expect_json '.[0] | .removed == "ci" and .marked == 0 and .log_read and
    ([.exposed[] | .name, .fetches > 0] == ["office", true, "shop", true])'
expect_stderr_has "opens nothing any more"
expect_status 77 --token-from file:ci get office
expect_stderr_has "knows no such token"
expect_status 0 --token-from file:tagged get office
expect_stdout 'n3w-w\n'
expect_status 0 --keyfile key due
expect_status 0 --keyfile key token remove tagged --leaked
expect_stdout_has "office"
expect_stderr_has '"smtpvault due" shows 2 of them'
expect_status 1 --keyfile key due
expect_status 0 --keyfile key get home
expect_status 0 --token-from file:cron get home
expect_status 0 --keyfile key verify
expect_status 0 --keyfile key audit verify

# ---- what was done is said, where its answer cannot be given
got=0
sv --keyfile key token add --name lost --profile office >/dev/full 2>err || got=$?
expect [ "$got" = 74 ]
expect_stderr_has "the change was made, but its answer was lost"
expect_status 0 --keyfile key token remove lost

# ---- of another vault
sv --quiet --vault other.db --keyfile key2 init --no-passphrase
expect_status 77 --vault other.db --token-from file:cron get home
expect_stderr_has "is another vault's"
finish
