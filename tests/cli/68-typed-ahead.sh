#!/bin/bash
# SPDX-License-Identifier: ISC
# What was typed before a question stood on the screen is no answer to it; a program that is given
# its answers on standard input loses none of them.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_secrets=("open sesame")
printf 'open sesame\n' >pass
sv --quiet --passphrase-from "file:$t/pass" init $cheap || die init
export SMTPVAULT_PASSPHRASE_FROM=file:$t/pass
for name in work shop; do
    printf 's3cret' | sv --quiet add --host mail.example.org --port 465 --tls implicit \
        --username ann --password-from stdin "$name" || die "add"
done
mkfifo go

# ahead KEYS COMMAND: runs it on a terminal where these keys were typed before it began. The echo
# proves that the terminal has them.
ahead() {
    t_open "sh -c 'echo ready; cat go; $2'"
    t_see "ready"
    t_type "$1"
    t_see "$1"
    t_key Enter
    t_type "$1"
    t_key Enter
    t_see "$(printf '%s\n%s' "$1" "$1" | tail -n 1)"
    : >go
}

# ---- a question that changes something waits for its own answer
ahead y "\"$program\" remove work"
t_see "[y/N]"
sleep 1 # a yes that was heard would have ended it by now
t_see_not "ended with"
expect_status 0 show work
t_type n
t_key Enter
t_see "ended with 1"
expect_status 0 show work

# ---- and hears it when it comes
ahead n "\"$program\" remove work"
t_see "[y/N]"
t_type y
t_key Enter
t_see "ended with 0"
expect_status 66 show work

# ---- so does one that Enter alone answers
ahead y "\"$program\" rotate shop --no-verify"
t_see "Make a random one here, for you to set at the server? [Y/n]"
sleep 1
t_see_not "Show it here?"
t_key C-d
t_see "ended with 65"
expect_status 66 get shop --version pending

# ---- a paste of several lines: none of them answers
t_open "bash --norc -i"
t_see "bash"
_tmux set-buffer -- "$program remove shop
y
yes
"
_tmux paste-buffer
t_see "[y/N]"
sleep 1
expect_status 0 show shop
t_key C-d
t_see "nothing was removed"
expect_status 0 show shop

# ---- standard input is no terminal, and nothing of it is lost
printf 'remove shop --yes\nlist\n' | expect_status 0 shell
expect_status 66 show shop
printf 'next secret\nrest\n' >lines
{
    sv --quiet add --host mail.example.org --port 465 --tls implicit --username ann \
        --password-from stdin shed || die "add from a pipe"
} <<<'line one'
expect_status 0 get shed
expect_stdout 'line one\n'
finish
