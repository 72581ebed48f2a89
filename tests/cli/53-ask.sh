#!/bin/bash
# SPDX-License-Identifier: ISC
# Questions where there is no terminal: askpass, pinentry, nobody; never a wait that
# nobody can end.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_secrets=("open sesame" "typed S3CRET")
no_terminal="setsid -w"
unset DISPLAY WAYLAND_DISPLAY GPG_TTY PINENTRY_PROGRAM SSH_ASKPASS

# within MS COMMAND...: its status, and it took less than that.
within() {
    local most=$1 began got=0 took
    shift
    began=$(date +%s%3N)
    "$@" || got=$?
    took=$(($(date +%s%3N) - began))
    ((took < most)) || die "$* took $took ms"
    return $got
}
# alone STATUS MS WORD...: without a terminal.
alone() {
    local status=$1 most=$2 wrap="$no_terminal $wrap"
    shift 2
    within "$most" expect_status "$status" "$@" </dev/null
}

printf 'open sesame\n' >pass
sv --quiet --passphrase-from "file:$t/pass" init $cheap || die init
printf 'typed S3CRET' | sv --quiet --passphrase-from "file:$t/pass" add --host mail.example.org \
    --port 465 --username ann --password-from stdin work || die add

# ---- nobody to ask: 75 at once, and what helps
slow=1000
[[ -n $wrap ]] && slow=20000
alone 75 $slow get work
expect_stderr_has "there is no terminal to ask on: set SMTPVAULT_ASKPASS to a program that asks, or give --passphrase-from"
expect_stderr_has '; "smtpvault unlock" on a terminal keeps it open for a while'
alone 75 $slow member list
expect_not grep -q 'smtpvault unlock' err
alone 75 $slow --no-input get work
expect_stderr_has "there is no asking (--no-input): give"
# Many times, for the milliseconds.
if [[ -z $wrap ]]; then
    tenfold() {
        local _
        for _ in 1 2 3 4 5 6 7 8 9 10; do sv get work && return 1; done </dev/null 2>/dev/null
        return 0
    }
    expect within 2000 setsid -w bash -c "$(declare -f sv tenfold); wrap= program='$program' t_path='$PATH'; tenfold"
fi

# ---- askpass: the question as its argument, the first line of the answer
cat >askpass <<'SH'
#!/bin/sh
printf '%s|%s|%s\n' "$#" "$1" "${SSH_ASKPASS_PROMPT-}${SMTPVAULT_ASKPASS_PROMPT-}" >>"$HOME/asked"
cat "$HOME/answer"
cat "$HOME/status" | { read -r n; exit "$n"; }
SH
chmod +x askpass
answers() { # answers TEXT [STATUS]
    printf '%b' "$1" >answer
    echo "${2-0}" >status
    rm -f asked
}
export SMTPVAULT_ASKPASS=$t/askpass
answers 'open sesame\n'
SSH_ASKPASS_PROMPT=confirm alone 0 20000 get work
expect_stdout 'typed S3CRET\n'
expect grep -qxF '1|Passphrase for ~/data/smtpvault/vault.db: |' asked
answers 'open sesame'
alone 0 20000 get work
answers 'open sesame\nand another line\n'
alone 0 20000 get work
answers 'open sesame\n' 1
alone 75 5000 get work
expect_stderr_has "the passphrase was not given: the program of SMTPVAULT_ASKPASS ended with status 1"
answers '\n'
alone 65 5000 get work
expect_stderr_has "the passphrase is empty"
answers "$(printf '%5000s' '' | tr ' ' k)"
alone 65 5000 get work
expect_stderr_has "longer than 4096 bytes"
# Three tries, and the next question says what was wrong.
answers 'open barley\n'
alone 77 30000 get work
expect [ "$(grep -c . asked)" = 5 ]
expect [ "$(grep -c '^1|' asked)" = 3 ]
expect grep -qx '1|wrong passphrase: try again' asked
no_secret_in asked
# It must be there, and a program.
SMTPVAULT_ASKPASS=$t/nowhere alone 78 5000 get work
expect_stderr_has "nowhere"
SMTPVAULT_ASKPASS=$t/pass alone 78 5000 get work
# A new one is asked for twice, and both questions say which.
answers 'typed S3CRET2\n'
alone 0 20000 --vault other.db init $cheap
expect grep -qxF '1|New passphrase for ~/other.db: |' asked
expect grep -qxF '1|Again: New passphrase for ~/other.db: |' asked
alone 0 20000 --passphrase-from "file:$t/pass" edit work --password-from tty
# Two that differ: both again, and the question says why; three times.
cat >differs <<'SH'
#!/bin/sh
printf '1|%s|\n' "$1" >>"$HOME/asked"
echo "typed S3CRET$(grep -c '^1|' "$HOME/asked")"
SH
chmod +x differs
rm asked
SMTPVAULT_ASKPASS=$t/differs alone 65 20000 --vault differ.db init $cheap
expect_stderr_has "the two were not the same: nothing was changed"
expect_absent differ.db
expect [ "$(grep -c '^1|Again: ' asked)" = 3 ]
expect [ "$(grep -cx '1|The two were not the same: type both again\.' asked)" = 2 ]
expect [ "$(grep -c 'New passphrase for' asked)" = 6 ]
no_secret_in asked
# A source that asks nobody is read once, as ever.
alone 0 20000 --vault given.db --passphrase-from "file:$t/pass" init $cheap
# Yes or no.
t_yes() { # t_yes STATUS ANSWER [ITS STATUS]: does it remove?
    printf x | sv --quiet --passphrase-from "file:$t/pass" add --host mail.example.org \
        --port 465 --username ann --password-from stdin gone 2>/dev/null
    answers "$2" "${3-0}"
    alone "$1" 20000 --passphrase-from "file:$t/pass" remove gone
    expect grep -qxF '1|Remove gone and its history for good?|confirmconfirm' asked
}
t_yes 0 'yes\n'
t_yes 0 ''
t_yes 0 '\n'
t_yes 1 'no\n'
t_yes 1 'yesterday\n'
t_yes 1 'yes and much more than an answer\n'
t_yes 1 'yes\n' 1
# Who does not answer is not there; the program is ended, and nothing waits for it.
cat >hangs <<'SH'
#!/bin/sh
echo $$ >"$HOME/hanging"
exec sleep 1000
SH
cat >deaf <<'SH'
#!/bin/sh
trap '' TERM
echo $$ >"$HOME/hanging"
exec >/dev/null
while :; do sleep 1; done
SH
chmod +x hangs deaf
export SMTPVAULT_ASK_SECONDS=1
for program_that in hangs deaf; do
    SMTPVAULT_ASKPASS=$t/$program_that alone 75 6000 get work
    expect grep -q 'in time$\|does not end$' err
    expect_absent "/proc/$(<hanging)"
done
SMTPVAULT_ASK_SECONDS=soon alone 64 5000 get work
unset SMTPVAULT_ASK_SECONDS
# Never, and not with --no-input.
answers 'open sesame\n'
SMTPVAULT_ASKPASS_REQUIRE=never alone 75 $slow get work
alone 75 $slow --no-input get work
expect_absent asked

# ---- with a terminal: the terminal, unless the program is forced
t_open "sh -c '$wrap $program get work'"
t_see "Passphrase for ~/data/smtpvault/vault.db:"
t_type "open sesame"
t_key Enter
t_see "typed S3CRET2"
t_see "ended with 0"
expect_absent asked
for require in force FORCE; do
    t_open "SMTPVAULT_ASKPASS_REQUIRE=$require $wrap $program get work"
    t_see "ended with 0"
    expect [ -e asked ]
    rm asked
done
t_open "DISPLAY=:77 SMTPVAULT_ASKPASS_REQUIRE=prefer $wrap $program get work"
t_see "ended with 0"
expect [ -e asked ]
rm asked
t_open "SMTPVAULT_ASKPASS_REQUIRE=prefer $wrap $program get work"
t_see "Passphrase for"
t_key C-d
t_see "ended with 65"
expect_absent asked
unset SMTPVAULT_ASKPASS

# ---- the real pinentry on a terminal
export SMTPVAULT_PASSPHRASE_FROM=pinentry PINENTRY_PROGRAM=pinentry-curses
t_open "$wrap $program get work"
t_see "Passphrase for ~/data/smtpvault/vault.db:"
t_see "Secret:"
t_type "open barley"
t_see "***********"
t_see_not "open barley"
t_key Enter
t_see "wrong passphrase: try again" # on the second screen of pinentry
t_see "Passphrase for"
t_see "Secret:"
t_type "open sesame"
t_key Enter
t_see "typed S3CRET2"
t_see "ended with 0"
t_open "$wrap $program get work"
t_see "Secret:"
t_key Tab Tab Enter # on Cancel
t_see "the question for the passphrase was cancelled"
t_see "ended with 65"
# A new one: this pinentry has no second field, so there is a second question.
t_open "$wrap $program --vault third.db init $cheap"
t_see "│ New passphrase for"
t_type "typed S3CRET3"
t_key Enter
t_see "│ Again: New passphrase for"
t_type "typed S3CRETX"
t_key Enter
t_see "The two were not the same: type both again."
t_see "│ New passphrase for"
t_type "typed S3CRET3"
t_key Enter
t_see "│ Again: New passphrase for"
t_type "typed S3CRET3"
t_key Enter
t_see "ended with 0"
printf 'typed S3CRET3\n' >pass3
expect_status 0 --vault third.db --passphrase-from file:pass3 list
# Nobody answers.
t_open "SMTPVAULT_ASK_SECONDS=1 $wrap $program get work"
t_see "in time"
t_see "ended with 75"
# Without a terminal or display it says so itself, at once.
alone 75 5000 get work
expect_stderr_has "pinentry cannot ask for the passphrase ("
expect_stderr_has "GPG_TTY"
alone 75 $slow --no-input get work
PINENTRY_PROGRAM=$t/nowhere alone 78 5000 get work
expect_stderr_has "nowhere"

# ---- what pinentry is told, by one that writes it down
cat >fake <<'SH'
#!/bin/sh
echo "OK ready"
while IFS= read -r line; do
    echo "$line" >>"$HOME/dialog"
    case $line in
    GETPIN) cat "$HOME/reply" ;;
    CONFIRM) cat "$HOME/verdict" ;;
    OPTION\ display*) echo "ERR 83886254 Unknown option <Pinentry>" ;;
    *) echo OK ;;
    esac
done
SH
chmod +x fake
export PINENTRY_PROGRAM=$t/fake
replies() {
    printf '%b' "$1" >reply
    rm -f dialog
}
replies 'D open sesame\nOK\n'
DISPLAY=:9 GPG_TTY=/dev/pts/77 TERM=vt220 LC_ALL='' LANG=de_DE.UTF-8 LC_CTYPE=C.UTF-8 alone 0 20000 get work
for line in "OPTION ttyname=/dev/pts/77" "OPTION ttytype=vt220" "OPTION display=:9" \
    "OPTION lc-ctype=C.UTF-8" "OPTION lc-messages=de_DE.UTF-8" "SETTIMEOUT 300" \
    "SETDESC Passphrase for ~/data/smtpvault/vault.db: " GETPIN; do
    expect grep -qxF "$line" dialog
done
expect_not grep -q SETREPEAT dialog
alone 0 20000 get work
expect_not grep -qE 'OPTION (ttyname|display)=.' <(tail -n 8 dialog)
# One that makes sure itself that both are the same is asked once.
replies 'S PIN_REPEATED\nD open sesame\nOK\n'
alone 0 20000 --vault fourth.db init $cheap
expect [ "$(grep -c GETPIN dialog)" = 1 ]
expect grep -q '^SETREPEAT ' dialog
expect grep -q '^SETREPEATERROR ' dialog
# Yes or no, where there is no terminal.
doomed() { # doomed STATUS REPLY
    printf x | sv --quiet --passphrase-from "file:$t/pass" add --host mail.example.org \
        --port 465 --username ann --password-from stdin gone 2>/dev/null
    replies 'D open sesame\nOK\n'
    printf '%b' "$2" >verdict
    alone "$1" 20000 remove gone
    expect grep -qxF 'SETDESC Remove gone and its history for good?' dialog
}
doomed 1 'ERR 83886194 Not confirmed <Pinentry>\n'
expect_stderr_has "nothing was removed"
doomed 1 'ERR 83886179 Operation cancelled <Pinentry>\n'
doomed 75 'ERR 83886142 Timeout <Pinentry>\n'
doomed 0 'OK\n'
finish
