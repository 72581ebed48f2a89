#!/bin/bash
# SPDX-License-Identifier: ISC
# setup without the name of a login, where there are several: a person is asked which, by number
# or name, and Enter takes the one that the tool's file speaks of.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
unset SMTPVAULT_NO_INPUT
add_plain alerts s3cret-a --from alerts@example.org
add_plain 7 s3cret-7 --from seven@example.org
add_plain work s3cret-w --from ann@example.org
t_secrets=(s3cret-a s3cret-7 s3cret-w)

# picks TOOL ANSWER...: each is typed at the question; the change is agreed to.
picks() {
    local tool=$1
    shift
    t_open "'$program' setup $tool"
    for answer in "$@"; do
        t_see_last "$prompt"
        t_type "$answer"
        t_key Enter
    done
}
agrees() {
    t_see "so? [y/N]"
    t_type y
    t_key Enter
    t_see "ended with 0"
    no_secret_in out
}
set_up_for() {
    expect [ "$(sed -n 's/^# smtpvault: begin \([^(]*[^ (]\).*/\1/p' "$1" | xargs)" = "$2" ]
}

# ---- by number, by name; what is none of them is asked again
prompt="Its number or name:"
picks msmtp 3
t_see "  1) 7: seven@example.org at mail.example.org"
t_see "  3) work: ann@example.org at mail.example.org"
agrees
set_up_for .msmtprc work
# A name that is a number is one, where the list has no such number.
picks mutt 7
agrees
set_up_for .muttrc 7
rm .muttrc # which is neomutt's too
picks neomutt 9 "" work
t_see "That is none of them."
t_see "Type one of the numbers, or a name."
agrees
set_up_for config/neomutt/neomuttrc work

# ---- three wrong ones, an end of input: nothing is changed
picks s-nail x 4 0
t_see "ended with 65"
picks s-nail
t_see_last "$prompt"
t_key C-d
t_see "ended with 65"
expect_absent .mailrc

# ---- Enter: the login that is set up already, or the one whose address is in the file
prompt="Its number or name [work]:"
picks msmtp ""
t_see ".msmtprc is set up for work"
t_see "ended with 0"
git config --global user.email ann@example.org
picks git-send-email ""
agrees
set_up_for .gitconfig work

# ---- out again
prompt="Its number or name:"
expect_status 0 setup git alerts --yes
t_open "'$program' setup git --undo"
t_see "Which login is to come out of ~/.gitconfig?"
t_see_last "$prompt"
t_type alerts
t_key Enter
agrees
set_up_for .gitconfig work

# ---- nobody is asked: --yes, --no-input
t_open "'$program' setup aerc --yes"
t_see "put one behind the name of the tool (7, alerts,"
t_see "ended with 64"
SMTPVAULT_NO_INPUT=1 expect_status 64 setup aerc --dry-run
expect_stderr_has "(7, alerts, work)"

# ---- more than fit a message, or a screen
for i in $(seq 10 45); do
    add_plain "many-$i" "s3cret-$i"
done
expect_status 64 setup aerc --yes
expect_stderr_has "has 39 of them"
expect_stderr_has "many-15 and 31 more)"
picks aerc many-45
t_see "and 9 more (\"smtpvault list\")"
agrees
set_up_for config/aerc/accounts.conf many-45
finish
