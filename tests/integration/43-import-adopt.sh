#!/bin/sh
# SPDX-License-Identifier: ISC
# A mailer's file with a password in clear is imported and adopted: the password is gone from
# it, the login is the vault's, and the mailer sends as before, by asking the vault.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/senders.sh
. "$(dirname "$0")/lib/senders.sh"
trap senders_stop EXIT
vault_start
keep_ca_file
prefix=

# adopt FILE: the vault has this login already, and afterwards the file has no secret of it.
adopt() {
    smtpvault import --dry-run --json "$1" | grep -q '"state":"same"' || return 1
    smtpvault import "$1" --adopt --yes
    hides_secret "$1"
    smtpvault import --dry-run --json "$1" | grep -q '"state":"no-secret"' &&
        [ "$(smtpvault list | wc -l)" = 2 ]
}

# tool FORMAT FILE: by send_FORMAT, what export writes with the secret in it, over both ways.
tool() {
    letters=$(echo "$1" | tr - _)
    mkdir -p "$(dirname "$2")"
    for profile in starttls implicit; do
        rm -f "$2"
        smtpvault --quiet export "$profile" --to "$1" --inline -o "$2"
        [ ! -s "$WORK/more" ] || cat "$WORK/more" >>"$2"
        check "$1 of $profile is adopted" adopt "$2"
        check "$1 sends over $profile" "send_$letters" "adopted $1 $profile"
        check "the message of $1 arrived over $profile" arrived "${prefix}adopted $1 $profile"
        rm -f "$2"
    done
}
more() {
    printf %s "$1" >"$WORK/more"
}

more ''
tool msmtp "$WORK/.msmtprc"
tool mutt "$WORK/.muttrc"
tool neomutt "$XDG_CONFIG_HOME/neomutt/neomuttrc"
aerc_begin
more 'source = maildir://~/Maildir
'
tool aerc "$XDG_CONFIG_HOME/aerc/accounts.conf"
git_begin
more '	confirm = never
'
send_git() {
    send_git_send_email "$1"
}
prefix='[PATCH] '
tool git "$WORK/.gitconfig"
prefix=

# ---- as people write them: what stands behind and before is still there
rest_is_there() {
    [ "$(git config sendemail.smtpServerPort)" = "$SUBMISSION_PORT" ] &&
        [ "$(git config sendemail.to)" = bob@example.test ] && [ "$(git config user.name)" = Alice ] &&
        [ -z "$(git config sendemail.smtpPass)" ]
}
# quoted FORMAT PREFIX: the secret as the format's writer has it behind a line's beginning.
quoted() {
    smtpvault export starttls --to "$1" --inline | sed -n "s/^$2//p"
}
cat >"$WORK/.gitconfig" <<END
[sendemail] smtpPass = $(quoted git '	smtpPass = ') ; old
	smtpServer = localhost
	smtpServerPort = $SUBMISSION_PORT
	smtpEncryption = tls
	smtpSSLCertPath = $CA_FILE
	smtpUser = $MAIL_USER
	to = bob@example.test
[user]
	name = Alice
END
check "a gitconfig with the password first is adopted" adopt "$WORK/.gitconfig"
check "the rest of it is read as before" rest_is_there
check "git sends by it" send_git_send_email "by hand git"
check "that message arrived" arrived "[PATCH] by hand git"
rm "$WORK/.gitconfig"

# A variable that two others have for their value, and a password in the URL.
user=$(echo "$MAIL_USER" | sed 's/@/%40/')
cat >"$WORK/.muttrc" <<END
set from=$MAIL_USER my_pass=$(quoted mutt 'set smtp_pass=')
set imap_pass=\$my_pass smtp_pass = \$my_pass # as well
set smtp_url="smtp://$user@localhost:$SUBMISSION_PORT/" ssl_ca_certificates_file=$CA_FILE
END
check "a muttrc with a variable is adopted" adopt "$WORK/.muttrc"
check "mutt sends by it" send_mutt "by hand mutt"
check "that message arrived" arrived "by hand mutt"
percent() {
    python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.stdin.read(), safe=""))'
}
cat >"$WORK/.muttrc" <<END
set from=$MAIL_USER ssl_ca_certificates_file=$CA_FILE
set smtp_url="smtps://$user:$(smtpvault get -n implicit | percent)@localhost:$SMTPS_PORT/"; set editor=true
END
check "a muttrc with the password in its URL is adopted" adopt "$WORK/.muttrc"
check "mutt sends by that" send_mutt "by URL mutt"
check "that message arrived" arrived "by URL mutt"
all_ok
