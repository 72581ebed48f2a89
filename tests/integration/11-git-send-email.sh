#!/bin/sh
# SPDX-License-Identifier: ISC
# git send-email sends a patch with a secret that its credential helper takes from
# the vault.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
trap vault_stop EXIT
vault_start
keep_ca_file

git config --global user.name Alice
git config --global user.email "$MAIL_USER"
git config --global init.defaultBranch main
git init -q "$WORK/repo"
cd "$WORK/repo"

due_names() {
    smtpvault due 2>&1 | grep "the login of $1 was rejected"
}
denied() {
    smtpvault audit --json --last 1 | grep '"result":"denied"'
}

for profile in starttls implicit; do
    echo "$profile" >file
    git add file
    git commit -q -m "patch over $profile"
    smtpvault --quiet export "$profile" --to git >"$WORK/$profile.gitconfig"
    check "export $profile holds no secret" hides_secret "$WORK/$profile.gitconfig"
    check "git send-email over $profile" git -c "include.path=$WORK/$profile.gitconfig" \
        send-email --quiet --confirm=never --to=bob@example.test -1 </dev/null
    check "the patch arrived over $profile" mail_wait "[PATCH] patch over $profile"
    check "the record names git, $profile" asked_by git git-credential "$profile"
    check "the login is known to have worked, $profile" outcome "$profile" worked
done

# By the helper's name alone, for whatever login fits the server and the user.
git config --global sendemail.smtpSSLCertPath "$CA_FILE"
git config --global sendemail.smtpServer localhost
git config --global sendemail.smtpServerPort "$SUBMISSION_PORT"
git config --global sendemail.smtpEncryption tls
git config --global sendemail.smtpUser "$MAIL_USER"
git config --global credential.helper smtpvault
send() { # send SUBJECT: of the patch
    echo "$1" >file
    git commit -q -a -m "$1"
    git send-email --quiet --confirm=never --to=bob@example.test -1 </dev/null
}
secret_is() {
    [ "$(smtpvault get starttls)" = "$1" ]
}
check "git send-email by the helper's name" send "by name"
check "the patch arrived by the helper's name" mail_wait "[PATCH] by name"
check "the record names git" asked_by git git-credential starttls

# A wrong secret: git sends an erase, and the login is known to be rejected, and kept.
sleep 1 # times are whole seconds
printf 'wrong-S3cret' | smtpvault --quiet edit starttls --password-from stdin
if send "wrong" >"$WORK/said" 2>&1; then
    check "a wrong secret is refused" false
fi
check "the login is known to be rejected" outcome starttls rejected
check "due names it" due_names starttls
check "the wrong secret is still there" secret_is wrong-S3cret
check "the other login is as it was" outcome implicit worked

# The right one again: git stores it.
sleep 1
smtpvault --quiet edit starttls --password-from "file:$MAIL_PASSWORD_FILE"
check "git send-email with the right secret again" send "right again"
check "the login is known to work again" outcome starttls worked
check "nothing but smtpvault was told the secret" test ! -e "$WORK/.git-credentials"

# Another server that asks for it in this one's name gets nothing.
ask_for() {
    printf 'protocol=smtp\nhost=%s\nusername=%s\n\n' "$1" "$MAIL_USER" |
        GIT_TERMINAL_PROMPT=0 git credential fill 2>/dev/null | grep '^password=' && return 1
    return 0
}
check "a look-alike gets nothing" ask_for "1ocalhost:$SUBMISSION_PORT"
check "and is on record" denied
all_ok
