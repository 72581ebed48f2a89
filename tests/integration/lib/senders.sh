#!/bin/sh
# SPDX-License-Identifier: ISC
# senders.sh: each mailer sends one message by its own configuration, as it lies in HOME. To be
# sourced; it sources vault.sh.
#
#   send_TOOL SUBJECT    msmtp git_send_email mutt neomutt s_nail aerc
#   git_begin aerc_begin what these two want to be there first
#   senders_stop         for the trap
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
TMUX_SOCKET=

senders_stop() {
    [ -z "$TMUX_SOCKET" ] || tmux -S "$TMUX_SOCKET" kill-server 2>/dev/null || true
    vault_stop
}

send_msmtp() {
    letter "$1" | msmtp -- bob@example.test
}

git_begin() {
    export GIT_AUTHOR_NAME=Alice GIT_AUTHOR_EMAIL="$MAIL_USER" GIT_COMMITTER_NAME=Alice \
        GIT_COMMITTER_EMAIL="$MAIL_USER"
    git init -q "$WORK/repo"
    git -C "$WORK/repo" commit -q --allow-empty -m first
}
send_git_send_email() {
    printf '%s\n%s\n' "$1" "$BODY" >"$WORK/repo/file"
    git -C "$WORK/repo" add file && git -C "$WORK/repo" commit -q -m "$1" &&
        git -C "$WORK/repo" send-email --quiet --confirm=never --suppress-cc=all \
            --to=bob@example.test -1 </dev/null
}

send_mutt() {
    echo "$BODY" | mutt -n -e 'set copy=no use_from=yes' -s "$1" -- bob@example.test
}
send_neomutt() {
    echo "$BODY" | neomutt -n -e 'set copy=no use_from=yes' -s "$1" -- bob@example.test
}

# It asks passwd for the home of root.
send_s_nail() {
    echo "$BODY" | MAILRC=$WORK/.mailrc s-nail -n -S sendwait -s "$1" bob@example.test
}

aerc_begin() {
    mkdir -p "$XDG_CONFIG_HOME/aerc" "$WORK/Maildir/cur" "$WORK/Maildir/new" "$WORK/Maildir/tmp"
    cp /usr/share/aerc/aerc.conf /usr/share/aerc/binds.conf "$XDG_CONFIG_HOME/aerc/"
    sed -i 's/^#*editor=.*/editor=true/' "$XDG_CONFIG_HOME/aerc/aerc.conf"
}
shows() {
    tmux -S "$TMUX_SOCKET" capture-pane -p | grep -q "$1"
}
# It is a screen: the editor changes nothing, and y sends.
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
