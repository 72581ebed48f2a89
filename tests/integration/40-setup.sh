#!/bin/sh
# SPDX-License-Identifier: ISC
# From an empty home to a sent message in two commands: the login is added, the tool is set up, and
# it sends. A second setup changes nothing, and undone everything is as it was.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/senders.sh
. "$(dirname "$0")/lib/senders.sh"
trap senders_stop EXIT
vault_start
keep_ca_file
prefix=

# set_up TOOL FILE PROFILE: what is there already stays.
set_up() {
    smtpvault --quiet setup "$1" "$3" --yes
    hides_secret "$2"
    cp "$2" "$WORK/once"
    smtpvault --quiet setup "$1" "$3" --yes
    cmp "$2" "$WORK/once"
}

# undone TOOL FILE: to what it was, or to nothing.
undone() {
    smtpvault --quiet setup "$1" --undo --yes
    if [ -e "$WORK/original" ]; then
        cmp "$2" "$WORK/original"
        rm -f "$2" "$WORK/original"
    fi
    [ ! -e "$2" ] && [ ! -e "$2.before-smtpvault" ]
}

# tool NAME FILE: with send_NAME SUBJECT, over both ways to the server; for the second one there
# is a file before, of had_NAME.
tool() {
    letters=$(echo "$1" | tr - _)
    mkdir -p "$(dirname "$2")"
    for profile in starttls implicit; do
        if [ "$profile" = implicit ]; then
            "had_$letters" >"$2"
            cp "$2" "$WORK/original"
        fi
        check "$1 is set up for $profile" set_up "$1" "$2" "$profile"
        check "$1 sends over $profile" "send_$letters" "$1 $profile"
        check "the message of $1 arrived over $profile" arrived "$prefix$1 $profile"
        check "$1 is as it was, $profile" undone "$1" "$2"
    done
}

# ---- msmtp, which has an account of that name already
had_msmtp() {
    printf 'account implicit\nhost old.example.test\npassword old\naccount default : implicit'
}
tool msmtp "$WORK/.msmtprc"

# ---- git, with an old password in its way
git_begin
had_git_send_email() {
    printf '[sendemail]\n\tsmtpServer = old.example.test\n\tsmtpPass = old\n\tconfirm = never'
}
prefix='[PATCH] '
tool git-send-email "$WORK/.gitconfig"
prefix=

# ---- mutt and neomutt
had_mutt() {
    printf 'set editor=true\nset smtp_url="smtp://old.example.test/"\nset smtp_pass=old'
}
tool mutt "$WORK/.muttrc"
had_neomutt() {
    had_mutt
}
tool neomutt "$XDG_CONFIG_HOME/neomutt/neomuttrc"

# ---- s-nail, which asks passwd for the home of root
had_s_nail() {
    printf 'set mta=smtp://old.example.test\nset asksub'
}
tool s-nail "$WORK/.mailrc"

# ---- aerc, which is a screen: the editor changes nothing, and y sends
aerc_begin
had_aerc() {
    printf '[implicit]\nsource = maildir://~/Maildir\noutgoing = smtp://old.example.test'
}
tool aerc "$XDG_CONFIG_HOME/aerc/accounts.conf"
all_ok
