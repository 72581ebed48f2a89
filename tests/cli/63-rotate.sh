#!/bin/bash
# SPDX-License-Identifier: ISC
# rotate without any server: its words, its record, its lock, and who may not. With a server:
# tests/integration/36-rotate.sh.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work s3cret-one
add_plain shop other-one
t_secrets+=(s3cret-two s3cret-three)
printf s3cret-one >one
printf s3cret-two >two
printf s3cret-three >three

record() { # FILTER: jq's judgement of work's record
    expect_status 0 rotate --status work --json
    expect_json ".[0] | $1"
}

# ---- words
expect_status 64 rotate
expect_status 64 rotate work shop
expect_status 64 rotate work --resume --rollback
expect_stderr_has "--resume, --rollback, --status, --plan and --report exclude each other"
expect_status 64 rotate work --generate --password-from file:two
expect_stderr_has "exclude each other"
expect_status 64 rotate work --status --generate
expect_stderr_has "--status takes no new secret"
expect_status 64 rotate work --password-from nowhere:x
expect_status 66 rotate nobody --generate
expect_status 64 rotate work
expect_stderr_has "give --password-from SOURCE or --generate"
expect_status 66 rotate --resume
expect_stderr_has "no rotation is under way"
expect_status 66 rotate --resume work
expect_status 66 rotate --rollback work
expect_status 0 rotate --status work
expect_stdout_has "work: no rotation was ever begun"
record '.stage == "none"'

# ---- one that is made here waits
expect_status 75 rotate work --generate
expect_stderr_has 'smtpvault get work --version pending'
record '.stage == "pending" and .method == "generated" and .who != null and (.next | test("--resume work"))'
expect_status 0 rotate --status work
expect_stdout_has "work: pending, "
expect_stdout_has "set the pending secret at the server (\"smtpvault get work"
expect_status 0 get work --version pending --json
expect_json '.[0] | .version == "pending" and (.password | length == 32)'
expect_status 0 audit --op get --last 1
expect grep -qE ' pending version$' out
expect_status 0 get work
expect_stdout 's3cret-one\n'
expect_status 0 audit --op get --last 1
expect [ "$(grep -c 'pending version' out)" -eq 0 ]
expect_status 0 history work
expect_status 73 rotate work --generate
expect_status 0 verify
# Neither a rename nor an edit of the card is in its way.
expect_status 0 rename work office
expect_status 0 edit office --note 'after a move'
expect_status 0 rotate --resume office --no-verify --password-from file:two
expect_stderr_has "the new secret was not tried"
expect_status 0 rename office work
record '.stage == "finished" and .unproved and .old_untried and .method == "given"'
expect_status 0 get work
expect_stdout 's3cret-two\n'
expect_status 0 get work --version previous
expect_stdout 's3cret-one\n'
expect_status 66 get work --version pending
expect_stderr_has 'has no pending version'
expect_status 0 get work note
expect_stdout 'after a move\n'
expect_status 0 audit --op rotate --json
expect_json 'any(.note == "promoted: promoted" and .result == "ok")'

# ---- and back
expect_status 0 rotate --rollback work --no-verify
expect_status 0 get work
expect_stdout 's3cret-one\n'
record '.stage == "rolled-back"'
expect_status 65 rotate work --no-verify --password-from file:one
expect_stderr_has 'that is the secret that "work" has already'
record '.stage == "planned" and (.fault | test("has already"))'
expect_status 0 rotate --rollback work
record '.stage == "abandoned"'
# What was changed by other means is not taken back.
expect_status 0 rotate work --no-verify --password-from file:two
expect_status 0 edit work --password-from file:three
expect_status 75 rotate --rollback work --no-verify
expect_stderr_has "was changed by other means"

# ---- a secret that comes with its user name
expect_status 64 rotate work --status --username x
expect_status 64 rotate work --generate --username "$(printf 'x%.0s' {1..129})"
expect_status 0 rotate work --no-verify --password-from file:one --username AKIATEST
expect_status 0 get work username
expect_stdout 'AKIATEST\n'
expect_status 0 get work username --version previous
expect_stdout 'ann\n'
expect_status 0 rotate --rollback work --no-verify
expect_status 0 get work username
expect_stdout 'ann\n'
expect_status 75 rotate work --generate --username other
expect_status 0 get work username --version pending
expect_stdout 'other\n'
expect_status 0 show work
expect_stdout_has "Rotation"
expect_stdout_has "--resume work"
sleep 1.1 # times are whole seconds
expect_status 0 edit work --password-from file:two
expect_stderr_has "cannot become the current one any more"
for words in "--resume work" --resume; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 75 rotate $words --no-verify
    expect_stderr_has "was changed by other means"
    expect_stderr_has '"smtpvault rotate --rollback work" gives it up'
    expect_not grep -qF -- '--resume' err
done
record '.stage == "pending" and (.next | startswith("smtpvault rotate --rollback work: "))'
expect_status 0 rotate --rollback work --no-verify
expect_status 0 edit work --password-from file:three

# ---- the server is out of reach: it stays where it is
expect_status 0 edit work --host 127.0.0.1 --port 1 --tls implicit
expect_status 69 rotate work --password-from file:two
expect_stderr_has "no login of work tells whether its server takes the secret"
expect_stderr_has '"smtpvault rotate --resume work" tries again; with --no-verify it goes on untried'
record '.stage == "set" and (.fault | test("no login of work tells")) and (.fault | test("--resume") | not)'
expect_status 69 rotate --resume
expect_status 69 rotate --rollback work
expect_stderr_has "with --force it goes back untried"
record '.stage == "set"'
expect_status 0 rotate --rollback work --no-verify
expect_status 0 get work
expect_stdout 's3cret-three\n'

# ---- two at once, and who may not
lock=$(echo state/smtpvault/*/rotate-*.lock)
exec 8>"$lock"
flock 8
expect_status 75 rotate work --generate
expect_stderr_has "another process rotates work"
flock -u 8
exec 8>&-
chmod 500 data/smtpvault
chmod 400 data/smtpvault/vault.db
if [[ $(id -u) -ne 0 ]]; then
    expect_status 77 rotate work --generate
fi
expect_status 0 rotate --status work
chmod 700 data/smtpvault
chmod 600 data/smtpvault/vault.db
sv token add --name ci --profile work >badge 2>err || die "token add"
expect_status 77 --token-from file:badge rotate work --generate
expect_stderr_has "token"
expect_status 0 edit work --tls none --insecure
expect_status 64 rotate work --generate
expect_stderr_has "--no-verify changes its secret unproved"
expect_status 0 edit work --tls implicit

# ---- by an agent, that has the keys
expect_status 0 unlock
key=$SMTPVAULT_KEYFILE
unset SMTPVAULT_KEYFILE
trap 'SMTPVAULT_KEYFILE=$key sv -q lock; rm -rf "$t"' EXIT
expect_status 75 rotate shop --generate
expect_status 0 get shop --version pending
expect_status 0 rotate --resume shop --no-verify --password-from file:two --json
expect_json '.[0] | .stage == "finished" and .profile == "shop" and .version_to == 2'
expect_status 0 get shop
expect_stdout 's3cret-two\n'
expect_status 0 get shop --version previous
expect_stdout 'other-one\n'
expect_status 0 rotate --rollback shop --no-verify
expect_status 0 get shop
expect_stdout 'other-one\n'
expect_status 75 rotate shop --generate
expect_status 0 rotate --rollback shop --no-verify
expect_status 66 get shop --version pending
expect_status 0 audit --op rotate --json --last 1
expect_json '.[0] | .note == "abandoned: abandoned" and .via == "agent"'
expect_status 0 lock
export SMTPVAULT_KEYFILE=$key

# ---- of several, one of which was changed by other means
expect_status 75 rotate work --generate
sleep 1.1
printf s3cret-edited | expect_status 0 edit work --password-from -
t_secrets+=(s3cret-edited)
expect_status 75 rotate shop --generate
expect_status 1 rotate --resume --no-verify --json
expect_json '.[0] | .left == 1 and (.profiles[] | select(.profile == "work") |
    .result == "left" and .next == "smtpvault rotate --rollback work")'
expect_status 0 rotate --rollback shop --no-verify
expect_status 0 verify --full
finish
