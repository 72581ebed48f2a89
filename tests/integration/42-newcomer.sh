#!/bin/sh
# SPDX-License-Identifier: ISC
# A newcomer at a terminal, with an empty home but for a vault that has one login: "setup" and the
# very command that it says are all that it takes to a sent message. Nothing is looked up, no
# option is given, and what is asked is the passphrase, and whether the change is right.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/dialog.sh
. "$(dirname "$0")/lib/dialog.sh"
trap vault_stop EXIT
servers_start
work_begin
HOME=$WORK/home
unset SMTPVAULT_KEYFILE SMTPVAULT_NO_INPUT XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME
mkdir "$HOME"
echo 'a passphrase to try' >"$WORK/passphrase"
from_file="--passphrase-from file:$WORK/passphrase"
# shellcheck disable=SC2086 # words
smtpvault --quiet $from_file init --argon2=t=3,m=65536,p=4
# shellcheck disable=SC2086 # words
smtpvault --quiet $from_file add work --host localhost --port "$SUBMISSION_PORT" --tls starttls \
    --username "$MAIL_USER" --from "$MAIL_USER" --ca-file "$CA_FILE" \
    --password-from "file:$MAIL_PASSWORD_FILE"
# Somebody who writes code: a project of theirs, with a commit.
git init -q "$HOME/project"
git -C "$HOME/project" config user.name Alice
git -C "$HOME/project" config user.email "$MAIL_USER"
printf '%s\n' "$BODY" >"$HOME/project/file"
git -C "$HOME/project" add file
git -C "$HOME/project" commit -q -m 'by git'
QUESTION="Passphrase for ~/.local/share/smtpvault/vault.db:"

cd "$HOME"
empty() {
    [ "$(echo .[!.]* ./*)" = ".local ./project" ]
}
check "the home is empty but for the vault" empty

# said PATTERN: the command that the last setup says, as it is typed: the words in capitals are
# for what the person knows.
said() {
    sed -n "s/^smtpvault: send with: \\($1 .*[^[:space:]]\\)[[:space:]]*\$/\\1/p" "$WORK/screen" |
        sed 's/ADDRESS/bob@example.test/; s/MESSAGE/mail/' >"$WORK/command"
    cat "$WORK/command"
    [ -s "$WORK/command" ]
}

# ---- msmtp ------------------------------------------------------------------------------------
check "one: setup msmtp" dialog 0 setup msmtp <<END
$QUESTION | <$WORK/passphrase
+account work
+passwordeval
Change ~/.msmtprc so? [y/N] | y
msmtp asks the vault for work now (~/.msmtprc)
send with: msmtp
END
check "it says how to send" said msmtp
letter "by msmtp" >mail
check "two: the command that it says" talk 0 sh "$WORK/command" <<END
$QUESTION | <$WORK/passphrase
END
check "the message is there" arrived "by msmtp"
check "the password is not in ~/.msmtprc" hides_secret .msmtprc

# ---- git send-email ---------------------------------------------------------------------------
check "one: setup git-send-email" dialog 0 setup git-send-email <<END
$QUESTION | <$WORK/passphrase
+[sendemail]
Change ~/.gitconfig so? [y/N] | y
git send-email asks the vault for work now (~/.gitconfig)
send with: git send-email
END
check "it says how to send" said git
cd project
# git asks a newcomer once, whether it may send to the author as well.
check "two: the command that it says" talk 0 sh "$WORK/command" <<END
Send this email? ([y]es | y
$QUESTION | <$WORK/passphrase
Result: 250
END
# To bob, and to the author.
there() {
    messages=$(mail_wait "[PATCH] by git") || return 1
    for message in $messages; do
        grep -qF "$BODY" "$message" || return 1
    done
}
check "the patch is there" there
check "the password is not in ~/.gitconfig" hides_secret "$HOME/.gitconfig"
cd "$HOME"

# ---- and as it was ----------------------------------------------------------------------------
undone() {
    rm mail
    smtpvault setup msmtp --undo --yes && smtpvault setup git-send-email --undo --yes && empty
}
check "undone, the home is as empty as before" undone
all_ok
