#!/bin/bash
# SPDX-License-Identifier: ISC
# Prompts: on /dev/tty only, without echo, the terminal as before in every case.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_secrets=("correct horse" "typed secret")

# on_terminal NAME STATUS: runs the dialog on stdin; $sv is the program's words.
on_terminal() {
    local name=$1 want=$2 got=0
    ((checks++))
    {
        cat <<'TCL'
set timeout 60
proc want {text} {
    global spawn_id timeout
    expect {
        -ex $text {}
        timeout { puts "TIMEOUT: $text"; exit 99 }
        eof { puts "EOF before: $text"; exit 98 }
    }
}
proc sv {args} {
    global wrap program
    uplevel #0 [list spawn -noecho {*}$wrap $program {*}$args]
}
TCL
        printf 'set wrap {%s}\nset program {%s}\n' "$wrap" "$program"
        cat
        echo 'expect eof'
        echo 'lassign [wait] pid id oserror value'
        # shellcheck disable=SC2016 # Tcl expands it
        echo 'exit $value'
    } >"$name.exp"
    command expect -f "$name.exp" >"$name.log" 2>&1 || got=$?
    [[ $got -eq $want ]] || { cat "$name.log" && die "$name: status $got, not $want"; }
    local secret
    for secret in "${t_secrets[@]}"; do
        ! grep -qaF -- "$secret" "$name.log" || die "$name: a secret was echoed"
    done
    no_litter
}

# ---- where no vault can be made nothing is asked
: >file
on_terminal no-place 74 <<'E1'
sv --vault file/sub/vault.db init --argon2 t=3,m=65536,p=4
expect {
    -ex "New passphrase" { puts "it asks"; exit 97 }
    -ex "no vault was made" {}
}
want "Not a directory"
want "--vault"
E1
expect_absent state

# ---- init asks twice, and for both again when they differ
on_terminal differ 65 <<'E1'
sv init --argon2 t=3,m=65536,p=4
foreach again {1 2 3} {
    want "New passphrase for ~/data/smtpvault/vault.db: "
    send "correct horse\r"
    want "Again: "
    send "correct house $again\r"
    want "he two were not the same"
}
want "nothing was changed"
E1
expect_absent data
expect [ "$(grep -c 'The two were not the same: type both again\.' differ.log)" = 2 ]
on_terminal give-up 65 <<'E1'
sv init --argon2 t=3,m=65536,p=4
want "New passphrase"
send "correct horse\r"
want "Again: "
send "correct house\r"
want "type both again."
want "New passphrase"
send "\004"
want "nothing was typed"
E1
expect_absent data
on_terminal empty 65 <<'E1'
sv init --argon2 t=3,m=65536,p=4
want "New passphrase"
send "\r"
want "the passphrase is empty"
E1
expect_absent data
on_terminal arrows 65 <<'E1'
sv init --argon2 t=3,m=65536,p=4
want "New passphrase"
send "correct\033\[D horse\r"
want "control character"
E1
expect_absent data
on_terminal end 65 <<'E1'
sv init --argon2 t=3,m=65536,p=4
want "New passphrase"
send "\004"
want "nothing was typed"
E1
expect_absent data
on_terminal init 0 <<'E1'
sv init --argon2 t=3,m=65536,p=4
want "New passphrase"
send "correct hrose\r"
want "Again: "
send "correct horse\r"
want "type both again."
want "New passphrase"
send "wrong start\025correct horsé\177e\r"
want "Again: "
send "correct horse\r"
want "made the vault"
E1
on_terminal identity 0 <<'E1'
sv member identity -o id --argon2 t=3,m=65536,p=4
want "New passphrase of the identity: "
send "correct horse\r"
want "Again: "
send "correct house\r"
want "type both again."
want "New passphrase of the identity: "
send "correct horse\r"
want "Again: "
send "correct horse\r"
want "made the identity"
E1

# ---- three tries, each on record
on_terminal second 0 <<'E1'
sv list
want "Passphrase for ~/data/smtpvault/vault.db: "
send "correct house\r"
want "smtpvault: "
want "Passphrase for"
send "correct horse\r"
E1
on_terminal never 77 <<'E1'
sv list
want "Passphrase for"
send "a\r"
want "Passphrase for"
send "b\r"
want "Passphrase for"
send "c\r"
E1
expect grep -q 'wrong passphrase, 3 times: nothing was done' never.log
# ---- asked although an agent has it open: it says why
on_terminal unlock 0 <<'E1'
sv unlock --for 1h
want "Passphrase for"
send "correct horse\r"
want "the vault is open until"
E1
on_terminal own-keys 0 <<'E1'
sv token list
want "the agent has the vault open, but hands out no keys"
want "Passphrase for"
send "correct horse\r"
E1
expect_status 0 lock
printf 'correct horse\n' >pass
export SMTPVAULT_PASSPHRASE_FROM=file:$t/pass
expect_status 0 audit --op unlock --result denied --json
expect_json 'length == 4'

# ---- a signal gives the terminal back
for signal in INT TERM HUP QUIT; do
    cat >child.sh <<SH
before=\$(stty -g)
trap : $signal
env -u SMTPVAULT_PASSPHRASE_FROM "\$@" 2>&1
echo "ended \$?"
[ "\$(stty -g)" = "\$before" ] && echo "terminal as before"
exit 0
SH
    on_terminal "signal-$signal" 0 <<E1
spawn -noecho sh child.sh {*}\$wrap \$program list
want "Passphrase for"
send "correct"
after 200
exec pkill -$signal -P [exp_pid]
want "ended"
want "terminal as before"
E1
done
cat >stop.sh <<'SH'
set -m
before=$(stty -g)
env -u SMTPVAULT_PASSPHRASE_FROM "$@"
[ "$(stty -g)" = "$before" ] && echo "terminal as before"
echo "stopped"
fg >/dev/null
echo "ended $?"
[ "$(stty -g)" = "$before" ] && echo "terminal as before again"
exit 0
SH
on_terminal stop 0 <<'E1'
spawn -noecho bash stop.sh {*}$wrap $program --quiet list
want "Passphrase for"
send "wrong\032"
want "terminal as before"
want "stopped"
want "Passphrase for"
send "correct horse\r"
want "ended 0"
want "terminal as before again"
E1

# ---- add asks for the user name and, hidden, for the secret; never for more
on_terminal add 0 <<'E1'
sv add work --provider gmail
want "User name at Gmail (the whole address): "
send "ann@gmail.com\r"
want "Gmail wants an app password here"
want "Make one at https://myaccount.google.com/apppasswords"
want "Password for work (not shown): "
send "abcd efgh ijkl mnop\r"
want "stored work: ann@gmail.com at smtp.gmail.com:465"
want "Log in at smtp.gmail.com now, to see that it works?"
send "n\r"
want {"smtpvault test work" tries it later}
E1
expect_status 0 get work
expect_stdout 'abcdefghijklmnop\n'
on_terminal nothing 65 <<'E1'
sv add other --provider gmail --username ann@gmail.com
want "Password for other (not shown)"
send "\004"
want "nothing was typed"
E1
on_terminal paste 0 <<'E1'
sv add long --no-test --host h.example.org --port 465 --username ann
want "Password for long (not shown): "
send [string repeat k 8000]
send "\r"
want "stored long"
E1
expect_status 0 get -n long
expect [ "$(wc -c <out)" = 8000 ]
on_terminal too-long 65 <<'E1'
sv add toolong --host h.example.org --port 465 --username ann
want "Password for toolong (not shown): "
send [string repeat k 8193]
send "\r"
want "longer than 8192 bytes"
E1

# ---- a question goes to the terminal even when stdin and stdout are taken
on_terminal substitution 0 <<'E1'
spawn -noecho sh -c {p=$(env -u SMTPVAULT_PASSPHRASE_FROM "$@" get work </dev/null 2>/dev/null); echo "got ${#p} bytes"} sh {*}$wrap $program
want "Passphrase for"
send "correct horse\r"
want "got 16 bytes"
E1
on_terminal no-input 75 <<'E1'
unset ::env(SMTPVAULT_PASSPHRASE_FROM)
sv --no-input list
want "no asking"
E1

# ---- remove asks; only yes is yes
for answer in '\r' 'n\r' '\004'; do
    on_terminal keep 1 <<E1
sv remove long
want "Remove long and its history for good? "
send "$answer"
want "nothing was removed"
E1
done
expect_status 0 get long host
on_terminal gone 0 <<'E1'
sv remove long
want "y/N"
send "y\r"
want "removed long"
E1
expect_status 66 get long

# ---- without any terminal: 75 at once, and how to unlock
unset SMTPVAULT_PASSPHRASE_FROM
got=0
# shellcheck disable=SC2086
setsid -w env timeout 20 $wrap "$program" get work >out 2>err </dev/null || got=$?
expect [ $got = 75 ]
expect_stdout ''
expect_stderr_has "there is no terminal to ask on"
expect_stderr_has "--passphrase-from SOURCE"
got=0
# shellcheck disable=SC2086
SMTPVAULT_PASSPHRASE_FROM=file:$t/pass setsid -w $wrap "$program" remove work >out 2>err </dev/null || got=$?
expect [ $got = 64 ]
expect_stderr_has "--yes"
finish
