#!/bin/bash
# SPDX-License-Identifier: ISC
# The README's session is what a terminal of 100 columns shows, line by line. A mail
# server and msmtp stand aside: their lines are those that begin with `work: ok:`,
# and the log is asked for by another program than msmtp.
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$source/tests/cli/terminal.sh"

# ---- the session that is promised, in parts by command
awk '/^```/ { inside = $0 == "```console" && !seen++; next } inside' "$source/README.md" >session
part() { # part COMMAND: its line and what it says
    awk -v want="\$ $1" 'index($0, "$ ") == 1 { inside = index($0, want) == 1 } inside' session
}
expect [ "$(grep -c '^\$ smtpvault ' session)" = 4 ]

# ---- the session that comes
unset XDG_DATA_HOME XDG_STATE_HOME
mkdir bin
ln -s "$program" bin/smtpvault
t_open "PATH=$t/bin:$PATH PS1='$ ' bash --norc -i"
run() { # run COMMAND ANSWER...: in the promised words, each answer behind its question
    local line question
    line=$(part "$1" | head -n 1)
    t_clear
    t_see_last '$'
    t_type "${line#\$ }"
    t_key Enter
    shift
    while [[ $# -gt 0 ]]; do
        question=$1
        shift
        t_see_last "$question"
        t_type "$1"
        t_key Enter
        shift
    done
    t_see_last '$'
    t_screen | sed '$d' >shown
}
passphrase="Passphrase for ~/.local/share/smtpvault/vault.db:"
words="correct horse battery staple"

run "smtpvault init" "New p${passphrase#P}" "$words" "Again:" "$words"
part "smtpvault init" >promised
expect cmp shown promised
# Nobody is logged in here: the answer is no.
run "smtpvault add" "$passphrase" "$words" \
    "Your mail address (or a provider, or a server):" "ann@gmail.com" \
    "Name for this login [gmail]:" "work" \
    "Password for work (not shown):" "abcd efgh ijkl mnop" \
    "Log in at smtp.gmail.com now, to see that it works? [Y/n]" "n"
part "smtpvault add" | sed '/^work: ok: /d' >promised
sed -i 's,\[Y/n\] n$,[Y/n],; /tries it later$/d' shown
expect cmp shown promised
run "smtpvault export" "$passphrase" "$words"
part "smtpvault export" >promised
expect cmp shown promised
expect grep -qx 'passwordeval "smtpvault get work"' .msmtprc
expect grep -qx 'from "ann@gmail.com"' .msmtprc
expect_not grep -q abcdefghijklmnop .msmtprc

# ---- the table of the log, but for when it was and who asked
SMTPVAULT_PASSPHRASE_FROM="cmd:echo $words" expect_status 0 get work
SMTPVAULT_PASSPHRASE_FROM="cmd:echo $words" expect_status 0 audit --last 1
expect [ "$(awk '{ print $1, $2, $3, $4, $5 }' out | head -n 1)" = "TIME OP PROFILE RESULT VIA" ]
same() { sed -E 's/^[0-9: -]{16}/WHEN/; s,([^ ]+ > )*([^ ]+ [(])?/[^ ]* ,BY ,; s/  +/ /g' | tail -n 2; }
part "smtpvault audit" | same >promised
same <out >shown
expect cmp shown promised

# ---- a login that worked is told in these words
ok=$(sed -n 's/^work: ok: //p' session)
expect grep -qE '^ann@gmail.com logged in at smtp.gmail.com:465 \(implicit TLS, TLSv1.3\) in [0-9]+ ms$' <<<"$ok"
expect grep -qF '%s logged in at %s:%u (%s%s%s) in %' "$source/src/login/test_report.c"
finish
