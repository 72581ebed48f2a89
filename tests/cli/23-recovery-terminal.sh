#!/bin/bash
# SPDX-License-Identifier: ISC
# Recovery shares on a real terminal: shown one by one, as words and as a QR code that
# another program reads; asked for, with a typing mistake; nothing stays behind.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$source/tests/cli/terminal.sh"
t_vault
unset SMTPVAULT_NO_INPUT
add_plain work s3cret-w

# The words on the screen, behind the code or not.
shown_words() {
    t_screen | grep -oE '([a-z]{5} ){4}[a-z]{5}$|[a-z]{5} [a-z]{5}$' | grep -v down | tr '\n' ' ' |
        sed 's/ $//'
}
whole_screen() { # with what was scrolled out of sight
    _tmux capture-pane -p -S - -E -
}

# ---- shown
t_open "'$program' member add recovery --recovery --shares 2/3"
shares=()
for i in 1 2 3; do
    t_see "Share $i of 3"
    t_see_last "$([[ $i == 3 ]] && echo "Enter: done." || echo "Enter: the next share, for another person.")"
    shares[i]=$(shown_words)
    expect grep -qxE '([a-z]{5} ){21}[a-z]{5}' <<<"${shares[i]}"
    _tmux capture-pane -p | head -n 23 | "$source/tests/cli/qr_pane.py" 45 >code.pgm
    code=$(DBUS_SYSTEM_BUS_ADDRESS=disabled: zbarimg -q --raw code.pgm 2>/dev/null)
    ((checks++))
    [[ ${code,,} == "${shares[i]}" ]] || die "the QR code of share $i says: $code"
    t_key Enter
done
t_see "ended with 0"
whole_screen >left
for i in 1 2 3; do
    expect_not grep -qF "${shares[i]:0:29}" left
done
expect grep -q "any 2 of the 3 shares open" left

# ---- where there is no room for a code, and where the terminal speaks no UTF-8
for how in "stty rows 20" "export LC_ALL=C"; do
    t_open "sh -c '$how; \"$program\" member add x$RANDOM --recovery --shares 2/2'"
    t_see "Share 1 of 2"
    expect grep -qxE '([a-z]{5} ){21}[a-z]{5}' <<<"$(shown_words)"
    t_see_not '█'
    t_key Enter
    t_see "Share 2 of 2"
    t_key Enter
    t_see "ended with 0"
done

# ---- given up in the middle: the usual screen is back, and it says what to do
t_open "'$program' member add half --recovery --shares 2/2"
t_see "Share 1 of 2"
words=$(shown_words)
t_key C-d
t_see "not all shares were shown"
t_see "ended with 65"
expect_not grep -qF "${words:0:29}" <(whole_screen)
t_open "sh -c 'trap : INT; \"$program\" member add gone --recovery --shares 2/2; echo died with \$?'"
t_see "Share 1 of 2"
words=$(shown_words)
t_key C-c
t_see "died with 130"
expect_not grep -qF "${words:0:29}" <(whole_screen)

# ---- asked for: one mistyped, one of another kind, one given twice
printf 'a new passphrase for the owner\n' >pass
t_open "'$program' unlock --recovery --argon2 t=3,m=65536,p=4"
t_see_last "Share 1:"
t_type "${shares[3]:0:6}lusad${shares[3]:11}"
t_key Enter
t_see "share 1: word 2 is mistyped"
t_see_last "Share 1:"
t_type "${shares[3]^^}"
t_key Enter
t_see "That is number 3 of 3"
t_see "1 more is needed"
t_type "${shares[3]}"
t_key Enter
t_see "are the same one (number 3 of 3)"
t_type "${shares[1]:0:60}" # over two lines
t_key Enter
t_type "${shares[1]:60}"
t_key Enter
t_see "the shares open the vault"
t_see_last "New passphrase for owner:"
t_type "$(cat pass)"
t_key Enter
t_see_last "Again:"
t_type "$(cat pass)"
t_key Enter
t_see "owner now opens the vault with the new passphrase"
t_see "ended with 0"
whole_screen >left
expect_not grep -qiF "${shares[3]:12:17}" left
expect_not grep -qiF "${shares[1]:0:29}" left

expect_status 75 get work
unset SMTPVAULT_KEYFILE
expect_status 0 --passphrase-from file:pass get work
expect_stdout 's3cret-w\n'

# ---- an identity's own passphrase, asked for
t_open "'$program' member identity --argon2 t=3,m=65536,p=4"
t_see_last "New passphrase of the identity:"
t_type "words of my own"
t_key Enter
t_see_last "Again:"
t_type "words of my own"
t_key Enter
t_see "ended with 0"
expect_status 0 --passphrase-from file:pass member add me --role reader \
    --identity "$(head -n 1 config/smtpvault/identity)"
t_open "'$program' --identity config/smtpvault/identity list"
t_see_last "Passphrase of the identity config/smtpvault/identity:"
t_type "not my words"
t_key Enter
t_see "wrong passphrase for this identity"
t_type "words of my own"
t_key Enter
t_see "work"
t_see "ended with 0"

# Without --identity the question is the vault's: its answer must say what is missing.
t_open "'$program' list"
t_see_last "Passphrase for ~/data/smtpvault/vault.db:"
t_type "words of my own"
t_key Enter
t_see "whoever has an identity gives --identity FILE"
t_key C-d

# ---- the question before somebody is removed
t_open "'$program' --passphrase-from file:pass member remove me"
t_see_last "Remove me (reader, identity) and give the vault new keys? [y/N]"
t_key Enter
t_see "nobody was removed"
t_see "ended with 1"
finish
