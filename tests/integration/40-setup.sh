#!/bin/sh
# SPDX-License-Identifier: ISC
# From an empty home to a sent message in two commands: the login is added, the tool is set up, and
# it sends. A second setup changes nothing, and undone everything is as it was.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
TMUX_SOCKET=

stop() {
    [ -z "$TMUX_SOCKET" ] || tmux -S "$TMUX_SOCKET" kill-server 2>/dev/null || true
    vault_stop
}
trap stop EXIT
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
send_msmtp() {
    letter "$1" | msmtp -- bob@example.test
}
tool msmtp "$WORK/.msmtprc"

# ---- git, with an old password in its way
export GIT_AUTHOR_NAME=Alice GIT_AUTHOR_EMAIL="$MAIL_USER" GIT_COMMITTER_NAME=Alice \
    GIT_COMMITTER_EMAIL="$MAIL_USER"
git init -q "$WORK/repo"
git -C "$WORK/repo" commit -q --allow-empty -m first
had_git_send_email() {
    printf '[sendemail]\n\tsmtpServer = old.example.test\n\tsmtpPass = old\n\tconfirm = never'
}
send_git_send_email() {
    printf '%s\n%s\n' "$1" "$BODY" >"$WORK/repo/file"
    git -C "$WORK/repo" add file && git -C "$WORK/repo" commit -q -m "$1" &&
        git -C "$WORK/repo" send-email --quiet --confirm=never --suppress-cc=all \
            --to=bob@example.test -1 </dev/null
}
prefix='[PATCH] '
tool git-send-email "$WORK/.gitconfig"
prefix=

# ---- mutt and neomutt
had_mutt() {
    printf 'set editor=true\nset smtp_url="smtp://old.example.test/"\nset smtp_pass=old'
}
send_mutt() {
    echo "$BODY" | mutt -n -e 'set copy=no use_from=yes' -s "$1" -- bob@example.test
}
tool mutt "$WORK/.muttrc"
had_neomutt() {
    had_mutt
}
send_neomutt() {
    echo "$BODY" | neomutt -n -e 'set copy=no use_from=yes' -s "$1" -- bob@example.test
}
tool neomutt "$XDG_CONFIG_HOME/neomutt/neomuttrc"

# ---- s-nail, which asks passwd for the home of root
had_s_nail() {
    printf 'set mta=smtp://old.example.test\nset asksub'
}
send_s_nail() {
    echo "$BODY" | MAILRC=$WORK/.mailrc s-nail -n -S sendwait -s "$1" bob@example.test
}
tool s-nail "$WORK/.mailrc"

# ---- aerc, which is a screen: the editor changes nothing, and y sends
mkdir -p "$XDG_CONFIG_HOME/aerc" "$WORK/Maildir/cur" "$WORK/Maildir/new" "$WORK/Maildir/tmp"
cp /usr/share/aerc/aerc.conf /usr/share/aerc/binds.conf "$XDG_CONFIG_HOME/aerc/"
sed -i 's/^#*editor=.*/editor=true/' "$XDG_CONFIG_HOME/aerc/aerc.conf"
had_aerc() {
    printf '[implicit]\nsource = maildir://~/Maildir\noutgoing = smtp://old.example.test'
}
shows() {
    tmux -S "$TMUX_SOCKET" capture-pane -p | grep -q "$1"
}
send_aerc() {
    TMUX_SOCKET=$WORK/tmux
    url="mailto:bob@example.test?subject=$(echo "$1&body=$BODY" | sed 's/ /%20/g')"
    tmux -S "$TMUX_SOCKET" -f /dev/null new-session -d -x 100 -y 30 \
        "SSL_CERT_FILE=$CA_FILE EDITOR=true exec aerc '$url'" || return 1
    sent=0
    wait_for shows 'Send this email' && tmux -S "$TMUX_SOCKET" send-keys y && arrived "$1" || sent=1
    tmux -S "$TMUX_SOCKET" capture-pane -p
    tmux -S "$TMUX_SOCKET" kill-server
    TMUX_SOCKET=
    return "$sent"
}
tool aerc "$XDG_CONFIG_HOME/aerc/accounts.conf"
all_ok
