#!/bin/bash
# SPDX-License-Identifier: ISC
# export: other tools' configuration, without a secret unless asked for.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x --from ann@example.org
add_plain shop other-x
add_plain open s3cret-x --port 587 --tls starttls

# ---- the list of formats
expect_status 0 export --formats
expect_stdout_has msmtp
expect_status 0 export --formats mail
expect_stdout_has "E-mail marketing" # a group
expect_stdout_has mautic
expect_status 0 export --formats DOCKER secret
expect_stdout_has docker-secret
expect [ "$(wc -l <out)" = 2 ]
expect_status 0 export --formats dma # and not dma-conf
expect_stdout_has "auth.conf, mode 0640, owner root:mail"
expect [ "$(grep -c ^File out)" = 1 ]
expect_status 0 export --formats dma --json
expect_json '.[0].formats | length == 1 and .[0].owner == "root:mail"'
expect_status 66 export --formats nosuch
expect_stderr_has 'no format has "nosuch"'
expect_status 0 export --formats --json
expect_json '.[0] | .schema == 1 and (.formats | length > 4) and
    (.formats | all(has("name") and has("title") and has("file") and has("hook")))'
mapfile -t hooked < <(jq -r '.formats[] | select(.secret and .hook) | .name' out)
mapfile -t inline < <(jq -r '.formats[] | select(.secret and (.hook | not)) | .name' out)
mapfile -t secretless < <(jq -r '.formats[] | select(.secret | not) | .name' out)
expect [ "${#secretless[@]}" -gt 3 ]

# ---- with a hook no secret is touched, and none is on record
for format in "${hooked[@]}"; do
    expect_status 0 export work --to "$format"
    expect [ -s out ]
    no_secret_in out
    expect grep -qF "smtpvault" out
    expect grep -qwE "get|git-credential|export" out
done
for format in "${secretless[@]}"; do
    expect_status 0 export work --to "$format"
    expect [ -s out ]
    expect_status 64 export work --to "$format" --inline
    expect_stderr_has "leave --inline out"
done
expect_status 0 audit --op export --json
expect_stdout ''
for format in "${inline[@]}"; do
    expect_status 64 export work --to "$format"
    expect_stderr_has "--inline"
done

# ---- --inline embeds it, and says so in the log
for format in "${hooked[@]}" "${inline[@]}"; do
    name=work
    [[ $format != esmtp ]] || name=open # it knows no implicit TLS
    expect_status 0 export $name --to "$format" --inline
    case $format in
    sendmail | kubernetes) expect_stdout_has "$(printf s3cret-x | base64)" ;;
    *) expect_stdout_has s3cret-x ;;
    esac
done
expect_status 0 audit --op export --json
expect_json 'length == '$((${#hooked[@]} + ${#inline[@]}))' and all(.profile == "work" or .profile == "open") and
    any(.note == "msmtp")'
expect_status 0 export work shop --to msmtp
expect_stdout_has "account work"
expect_stdout_has "account shop"

# ---- the hook works: what it names prints the secret
expect_status 0 export work --to msmtp
hook=$(sed -n 's/^passwordeval "\(.*\)"$/\1/p' out)
expect [ "$(sh -c "$hook")" = s3cret-x ]
mkdir bin
ln -s "$program" bin/smtpvault
t_path=$t/bin:$PATH expect_status 0 export work --to msmtp
expect_stdout_has 'passwordeval "smtpvault get work"'
# Behind an account that is there already a second default would be an error of msmtp.
expect_stdout_has "# account default : work"
expect_status 0 export work --to msmtp -o whole
expect grep -qx "account default : work" whole
rm whole
cp -r data/smtpvault else && mkdir -p else
SMTPVAULT_FILE=else/vault.db expect_status 0 export work --to msmtp
expect_stdout_has "--vault $t/else/vault.db"
rm -r else
# A key file given by hand is part of the command; one of the environment is not.
(
    unset SMTPVAULT_KEYFILE
    expect_status 0 export work --to msmtp --keyfile key
    hook=$(sed -n 's/^passwordeval "\(.*\)"$/\1/p' out)
    expect grep -qF -- "--keyfile $t/key" out
    expect [ "$(cd / && sh -c "$hook")" = s3cret-x ]
    expect_status 0 export work --to json --keyfile key
    expect_json ".[0].profiles[0].password_command | index(\"$t/key\") != null"
) || exit

# ---- files
expect_status 0 export work --to msmtp --inline -o rc
expect_stdout ''
expect_mode 600 rc
expect grep -q s3cret-x rc
cp rc before
expect_status 73 export shop --to msmtp --inline -o rc
expect_stderr_has "rc exists already: --force replaces it"
expect cmp -s rc before
expect_status 0 export shop --to msmtp --inline --output rc --force
expect grep -q other-x rc
expect_mode 600 rc
chmod 644 rc
expect_status 0 export shop --to msmtp --inline --output=rc --force
expect_mode 600 rc
ln -s rc link
expect_status 73 export shop --to msmtp -o link
expect_status 66 export nobody --to msmtp -o fresh
expect_absent fresh
expect_status 73 export work --to msmtp -o nowhere/rc
expect_status 0 export work --to msmtp -o -
expect_stdout_has "account work"

# Who has to own the file is told, and its group reads nothing until then, but root's.
expect_status 0 export work --to dma --inline -o auth.conf
expect_stderr_has "wrote auth.conf; so that dma can read it: chown root:mail auth.conf; chmod 0640 auth.conf"
expect_mode "$([ "$(id -u)" = 0 ] && echo 640 || echo 600)" auth.conf
expect_status 0 export work --to dma-conf -o dma.conf
expect_mode 644 dma.conf

# ---- what a syntax cannot say is refused, and nothing is written
printf 'a"b\tc' | sv -q add odd --host h.example.org --port 465 --username ann \
    --password-from - --force || die odd
for format in msmtp ssmtp netrc json discourse docker-env; do
    got=0
    sv export odd --to "$format" --inline -o "odd-$format" >out 2>err || got=$?
    expect [ $got = 0 -o $got = 65 ]
    [[ $got = 0 ]] || expect_absent "odd-$format"
done

# ---- words
expect_status 64 export
expect_status 64 export work
expect_stderr_has "--to FORMAT"
expect_status 64 export work --to msmpt
expect_stderr_has 'did you mean "msmtp"?'
expect_status 64 export work --to msmtp --force
expect_status 66 export nobody --to msmtp
finish
