#!/bin/bash
# SPDX-License-Identifier: ISC
# rotate --due with a person: several logins by hand, one after another on a real terminal, cut
# short by ^C in the middle; what the program says goes on with it, as it stands there. No login is
# tried: what logins prove is in tests/integration.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
unset SMTPVAULT_NO_INPUT
add_plain own first-own
printf abcdefghijklmnop | sv -q add mail --provider gmail --username ann@gmail.com \
    --password-from stdin || die "add mail"
printf 'SG.%022d.%043d' 1 1 | sv -q add "the shop" --provider sendgrid --password-from stdin ||
    die "add the shop"
t_secrets+=(abcdefghijklmnop qrstuvwxyzabcdef second-own first-own)
expect_status 0 policy set --all --every 3d
expect_status 0 policy set --kind app-password --every 3d
expect_status 0 policy set --kind api-key --every 3d
PATH=$PATH:${program%/*}
export PATH

# hand COMMAND: on a terminal of 80 columns, which outlives an interrupt
hand() {
    printf '#!/bin/sh\ntrap : INT\nstty cols 80\n%s\necho "status $?"\n' "$1" >hand.sh
    t_open "sh hand.sh"
}
answer() { # answer QUESTION TEXT: typed once the question stands in the last line
    t_see_last "$1"
    t_type "$2"
    t_key Enter
}
# told PATTERN: the command on a line of its own that fits, as the screen has it
told() {
    t_screen | sed -n "s/^  \(smtpvault .*$1.*\)\$/\1/p" >typed
    ((checks++))
    [[ $(wc -l <typed) -eq 1 ]] || die "not one command for $1: $(cat typed)"
    cat typed
}
NEW="New secret for"
LATER="(not shown; Enter: later):"

# ---- one after another
hand "smtpvault rotate --due --no-verify"
t_see "by hand"
t_see_not "behind the others"
answer "Change the 3 that are by hand now, one after another? [y/N]" y
t_see "1 of 3: mail, ann@gmail.com at smtp.gmail.com:465"
t_see "The present secret stays in use until the new one has logged in"
t_see "https://myaccount.google.com/apppasswords"
answer "$NEW mail $LATER" hello
t_see "Gmail refuses the password of the account"
answer "$NEW mail $LATER" abcdefghijklmnop
t_see "That is the secret that it has already"
answer "$NEW mail $LATER" "qrst uvwx yzab cdef"
t_see "mail is finished: the new secret was not tried, the old one was not"
t_see "the old one may still work: revoke or delete it at"
t_see '"smtpvault test mail" tries the new'
t_see "2 of 3: own, ann at mail.example.org:465"
answer "Make a random one here, for you to set at the server? [Y/n]" n
t_see '--hook dovecot-passwd-file --set file=FILE'
t_see_last "$NEW own $LATER"
t_type second
t_key C-c # in the middle of a word
t_see "status 1"
t_see_not "3 of 3"
t_see "1 of 3 rotated; 1 left in the middle, 0 refused, 1 by hand, 0 not"
t_see '"smtpvault rotate --resume" goes on with all that were begun'
t_see "own  left, stands at planned"
t_see "the shop  by-hand"
t_see "mail  rotated"
told "the shop" >shop
told "own" >own
expect [ "$(cat own)" = "smtpvault rotate --resume own" ]
expect [ "$(cat shop)" = "smtpvault rotate 'the shop'" ]

# ---- what was cut short is told, and nothing is lost
expect_status 0 get mail
expect_stdout 'qrstuvwxyzabcdef\n'
expect_status 0 get own
expect_stdout 'first-own\n'
expect_status 66 get own --version pending
expect_status 0 rotate --status
expect_stdout_has "own: planned"
expect_stdout_has "fault       interrupted"
expect_not grep -q "the shop" out
expect_status 1 due
expect_stdout_has "smtpvault rotate --resume own"

# ---- an interrupt at a question that shows what is typed
hand "smtpvault rotate own 'the shop' --no-verify"
answer "Change the 2 that are by hand now, one after another? [y/N]" y
t_see "1 of 2: own"
t_see_last "Make a random one here, for you to set at the server? [Y/n]"
t_key C-c
t_see "status 1"
t_see "0 of 2 rotated; 1 left in the middle, 0 refused, 1 by hand, 0 not"
hand "smtpvault rotate own 'the shop' --no-verify"
t_see_last "Change the 2 that are by hand now, one after another? [y/N]"
t_key C-c
t_see "status 1"
t_see "0 of 2 rotated; 0 left in the middle, 0 refused, 2 by hand, 0 not"

# ---- one alone that is interrupted ends as programs do, and says how it goes on
for key in "" n; do
    hand "$(cat own) --no-verify"
    t_see_last "Make a random one here, for you to set at the server? [Y/n]"
    [[ -z $key ]] || answer "Make a random one here, for you to set at the server? [Y/n]" "$key"
    [[ -z $key ]] || t_see_last "$NEW own $LATER"
    t_key C-c
    t_see 'smtpvault: interrupted; "smtpvault rotate --resume own" goes on'
    t_see "status 130"
done
expect_status 0 rotate --status own
expect_stdout_has "own: planned"

# ---- on, by the commands that stood there
hand "$(cat own) --no-verify"
t_see "own, ann at mail.example.org:465"
answer "Make a random one here, for you to set at the server? [Y/n]" n
answer "$NEW own $LATER" second-own
t_see "own is finished"
t_see "revoke or delete it at the server"
t_see "status 0"
expect_status 0 get own
expect_stdout 'second-own\n'
hand "$(cat shop) --no-verify"
t_see "the shop, apikey at smtp.sendgrid.net:465"
answer "$NEW the shop $LATER" "SG.not a key "
t_see "stores it as it is"
answer "$NEW the shop $LATER" ""
t_see '"smtpvault rotate --resume '"'the shop'"'" goes on'
t_see "status 75"
expect_status 0 rotate --status "the shop"
expect_stdout_has "next        make the new secret: smtpvault rotate --resume 'the shop'"

# ---- all that are under way: one alone is named
hand "smtpvault rotate --resume --no-verify"
t_see "the shop, apikey at smtp.sendgrid.net:465"
answer "$NEW the shop $LATER" ""
t_see "status 75"
expect_status 0 rotate --rollback "the shop"
expect_stderr_has "is given up"

# ---- a secret that is made here is shown when it is wanted, also later
hand "smtpvault rotate own"
answer "Make a random one here, for you to set at the server? [Y/n]" ""
answer "Show it here? [y/N]" n
answer "Set it at the server now, then press Enter (l: later)" l
t_see "status 75"
made=$(sv get own --version pending) || die "it is not pending"
t_secrets+=("$made")
hand "smtpvault rotate --resume own --no-verify"
t_see "own is finished"
t_see "status 0"

# ---- and back
expect_status 0 rotate --rollback own --no-verify
expect_status 0 get own
expect_stdout 'second-own\n'
expect_status 66 rotate --resume
expect_status 1 due
expect_stdout_has "smtpvault rotate 'the shop'"
expect_not grep -q 'resume' out

# ---- the evidence names what was left
expect_status 0 rotate --report --json
expect_json '.[0] | (.totals.all_proved | not) and (.profiles | length == 3)'
finish
