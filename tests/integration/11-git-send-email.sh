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

git config --global user.name Alice
git config --global user.email "$MAIL_USER"
git config --global init.defaultBranch main
git config --global sendemail.smtpSSLCertPath "$CA_FILE"
git init -q "$WORK/repo"
cd "$WORK/repo"

for profile in starttls implicit; do
    echo "$profile" >file
    git add file
    git commit -q -m "patch over $profile"
    smtpvault --quiet export "$profile" --to git >"$WORK/$profile.gitconfig"
    check "export $profile holds no secret" hides_secret "$WORK/$profile.gitconfig"
    check "git send-email over $profile" git -c "include.path=$WORK/$profile.gitconfig" \
        send-email --quiet --confirm=never --to=bob@example.test -1 </dev/null
    check "the patch arrived over $profile" mail_wait "[PATCH] patch over $profile"
    check "the record names git, $profile" asked_by git get "$profile"
done
all_ok
