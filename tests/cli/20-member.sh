#!/bin/bash
# SPDX-License-Identifier: ISC
# member: several people, what each may do, and what happens when one leaves.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-w
add_plain shop s3cret-s
printf 'auditor words here\n' >words
t_secrets+=("auditor words here")

expect_status 0 member list
expect_stdout_has "owner  admin  keyfile"
expect_stdout_has "0 (you)"
expect_status 0 member list --json
expect_json '.[0].members == [{label: "owner", role: "admin", opens_with: "keyfile", slot: 0,
    since: .[0].members[0].since, argon2: null, you: true}]'

# ---- words that make no sense, before anything is opened
for words in "" "frob" "add" "add x y" "remove" "list x" "identity x" "list --yes" \
    "remove owner --role admin" "add x" "add x --role boss" "add x --role token" \
    "add x --role reader --shares 2/3" "add x --role reader --print" \
    "add x --role reader --identity l --new-keyfile k" "add x --recovery" \
    "add x --role reader --recovery --shares 2/3" "add x --recovery --shares 2/3 --identity l" \
    "add x --role reader --no-passphrase" "add 7 --role reader"; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 64 --keyfile nowhere member $words
done
expect_status 64 member add x
expect_stderr_has "--role admin (everything), reader (list and get) or auditor (read the log)"
expect_status 64 member remove owner
expect_stderr_has "give --yes"
expect_status 75 member add x --role reader
expect_stderr_has "cannot be asked for"
expect_stderr_has '; "smtpvault help member" has the options that take it from elsewhere'

# ---- a reader, an auditor
expect_status 0 member add rita --role reader --new-keyfile rita.key --no-passphrase
expect_mode 600 rita.key
expect_stderr_has "rita (reader) opens the vault with the new key file"
expect_status 0 member add aude --role auditor --new-passphrase-from file:words $cheap
expect_status 73 member add rita --role reader --new-keyfile other.key --no-passphrase
expect_stderr_has 'a member "rita" exists already'
expect_absent other.key # made for nothing
expect_status 0 member list --json
expect_json '[.[0].members[] | .label, .role, .opens_with] ==
    ["owner", "admin", "keyfile", "rita", "reader", "keyfile", "aude", "auditor", "passphrase"]'
expect_status 0 status --json
expect_json '.[0].opens_with == ["passphrase", "keyfile"]'

expect_status 0 --keyfile rita.key get work
expect_stdout 's3cret-w\n'
for words in "add new --host h --port 25 --username u --password-from file:words" "remove work --yes" \
    "rename work play" "member add x --role reader --new-keyfile x.key --no-passphrase" \
    "member remove aude --yes" "passphrase --new-keyfile x.key --no-passphrase" "member list"; do
    # shellcheck disable=SC2086
    expect_status 77 --keyfile rita.key $words
    expect_stderr_has "admin"
    expect_absent x.key
done
unset SMTPVAULT_KEYFILE
export SMTPVAULT_PASSPHRASE_FROM=file:$t/words
for words in "get work" "list" "show work" "export work --to dotenv --inline" "remove work --yes" \
    "member list"; do
    # shellcheck disable=SC2086
    expect_status 77 $words
done
expect_status 0 audit --json
expect_json 'any(.op == "get" and .profile == "work" and .member == "1")'
expect_status 0 audit verify
unset SMTPVAULT_PASSPHRASE_FROM
export SMTPVAULT_KEYFILE=$t/key

# ---- leaving
expect_status 66 member remove nobody --yes
expect_stderr_has 'there is no member "nobody"'
expect_status 77 member remove owner --yes
expect_stderr_has "last"
expect_status 0 member list --json
expect_json '.[0].members | length == 3'
expect_status 0 member remove rita --yes
expect_stderr_has "removed rita"
expect [ "$(awk 'NR > 1 { print $1 }' out)" = "work
shop" ]
expect_stdout_has "(1 time)"
expect_stdout_has "not seen"
expect_status 77 --keyfile rita.key get work
expect_status 0 audit --member rita --json
expect_json 'any(.op == "get" and .profile == "work") and all(.member == "rita")'
expect_status 0 audit --op get
expect_stdout_has " rita "
expect_status 1 due --json
expect_json '[.[0].profiles[].name] | sort == ["shop", "work"]'
printf 's3cret-new' | sv --quiet edit work --password-from stdin || die "edit failed"
expect_status 1 due --json
expect_json '[.[0].profiles[].name] == ["shop"]'
expect_status 0 --passphrase-from file:words audit --last 1

# ---- by number, for a program; an auditor could read no login
expect_status 0 member remove 2 --yes --json
expect_json '.[0] | .schema == 1 and .removed == "aude" and .role == "auditor" and .epoch == 3 and
    .marked == 0 and .exposed == []'
expect_status 0 verify --full
expect_status 0 audit verify
expect_status 0 audit --op member --result ok --json
expect_json 'length == 4'
finish
