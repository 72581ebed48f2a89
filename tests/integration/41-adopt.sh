#!/bin/sh
# SPDX-License-Identifier: ISC
# Programs that send mail with a file from which `import --adopt` took the secret: they ask the
# vault, and it knows who asked.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
trap vault_stop EXIT
vault_start
keep_ca_file

# adopted PROFILE FORMAT FILE: a file with the secret in clear, as somebody else would have it.
state() { # FORMAT FILE
    smtpvault import --from "$1" --dry-run --json "$2" | python3 -c '
import json, sys
print(*[l["state"] for l in json.load(sys.stdin)["logins"]])'
}
adopted() {
    smtpvault --quiet export "$1" --to "$2" --inline >"$3"
    chmod 640 "$3"
    [ "$(state "$2" "$3")" = same ] || return 1
    smtpvault import --from "$2" --adopt --yes "$3"
    [ "$(state "$2" "$3")" = no-secret ] && hides_secret "$3" && [ "$(stat -c %a "$3")" = 640 ]
}
no_copy() {
    ! grep -rqF -e "$(cat "$MAIL_PASSWORD_FILE")" "$WORK/adopted"
}
mkdir "$WORK/adopted"

by_msmtp() { letter "$1" | msmtp -C "$2" -a "$profile" -- bob@example.test; }
by_mutt() {
    {
        cat "$2"
        echo "set copy=no use_from=yes realname='' hostname=localhost"
    } >"$WORK/muttrc"
    echo "$BODY" | mutt -n -F "$WORK/muttrc" -s "$1" -- bob@example.test
}
for profile in starttls implicit; do
    for tool in msmtp mutt; do
        file=$WORK/adopted/$profile.$tool
        check "the secret goes out of a file of $tool, $profile" adopted "$profile" "$tool" "$file"
        check "$tool sends, $profile" "by_$tool" "$tool $profile" "$file"
        check "the message arrived, $tool $profile" arrived "$tool $profile"
        check "the record names $tool, $profile" asked_by "$tool" get "$profile"
    done
done

git config --global user.name Alice
git config --global user.email "$MAIL_USER"
git config --global init.defaultBranch main
git init -q "$WORK/repo"
cd "$WORK/repo"
echo one >file
git add file
git commit -q -m "patch of an adopted file"
by_git() {
    git -c "include.path=$WORK/adopted/git" send-email --quiet --confirm=never \
        --to=bob@example.test -1 </dev/null
}
check "the secret goes out of a file of git" adopted starttls git "$WORK/adopted/git"
check "git send-email sends" by_git
check "the patch arrived" mail_wait "[PATCH] patch of an adopted file"
check "the record names git" asked_by git get starttls

by_env() {
    smtpvault exec --env-file "$WORK/adopted/.env" -- python3 -c '
import os, smtplib, ssl, sys
e = os.environ
s = smtplib.SMTP(e["SMTP_HOST"], int(e["SMTP_PORT"]))
s.starttls(context=ssl.create_default_context(cafile=e["SMTP_CA_FILE"]))
s.login(e["SMTP_USERNAME"], e["SMTP_PASSWORD"])
s.sendmail(e["SMTP_FROM"], ["bob@example.test"], sys.stdin.read())
s.quit()'
}
check "the secret goes out of an environment file" adopted starttls docker-env "$WORK/adopted/.env"
letter env >"$WORK/letter"
check "a program sends with what exec gives it" by_env <"$WORK/letter"
check "the message arrived, env" arrived env

check "none of the files or folders has the secret" no_copy
all_ok
