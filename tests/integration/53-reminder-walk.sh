#!/bin/sh
# SPDX-License-Identifier: ISC
# From a reminder to the evidence: a person gets a mail, and follows what the mail and the program
# say until nothing is due, at a Dovecot of their own and at a provider with a web page. The commands
# are taken from the mail and from what the program said, and run as they stand there.
# shellcheck disable=SC2317,SC2016 # check calls functions by their name, or sh
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
# shellcheck source=tests/integration/lib/dialog.sh
. "$(dirname "$0")/lib/dialog.sh"
trap vault_stop EXIT
vault_start
keep_ca_file
users=$SERVERS/dovecot/users
{
    printf 'bob@example.test:%s\n' "$(printf 'bobs first\nbobs first\n' | doveadm -O pw -s SHA512-CRYPT)"
    echo 'carol@example.test:{PLAIN}carols first:1000:1000::/home/carol'
} >>"$users"
kill -HUP "$DOVECOT_PID"
# The provider is out of reach from here, whatever network the machine has.
{ cat /etc/hosts && echo '127.0.0.1 smtp.gmail.com'; } >hosts

# ---- logins with a past

# aged NAME DAYS: its secret is so old
aged() {
    smtpvault get "$1" --json | jq -c --arg since "$(date -u -d "$2 days ago" +%Y-%m-%dT%H:%M:%SZ)" \
        '.rotation.last = $since | {schema: 1, profiles: [.]}' >aged.json
    smtpvault --quiet remove "$1" --yes
    smtpvault --quiet import --from smtpvault aged.json --yes
    rm aged.json
}
account() { # account NAME DAYS
    echo "$1s first" >"$1.old"
    smtpvault --quiet add "$1" --host localhost --port "$SUBMISSION_PORT" --tls starttls \
        --username "$1@example.test" --password-from "file:$1.old" --ca-file "$CA_FILE"
    aged "$1" "$2"
}
account bob 100
account carol 97
account 'left alone' 400
echo abcdefghijklmnop >page.old
smtpvault --quiet add page --provider gmail --username ann@gmail.com --password-from file:page.old
aged page 360
smtpvault --quiet policy set bob --every 90d
smtpvault --quiet policy set carol --every 90d
wait_for smtpvault test bob
check "the accounts work" smtpvault test bob carol

# ---- the mail

host=$(hostname)
case $host in '' | *[!!-~]*) host='this machine' ;; esac
check "a reminder is sent" smtpvault remind --by mail --to ann@example.test --profile starttls
subject="smtpvault: 3 things are due, 2 of them overdue ($host)"
check "and arrives" mail_wait "$subject"
mail=$(mail_wait "$subject")
tr -d '\r' <"$mail" | sed '1,/^$/d' >letter
cat letter
check "it says whose vault, and where its commands are typed" sh -c '
    grep -q "^The vault of $(id -un): $1$" letter && tr "\n" " " <letter |
    grep -q "a command for a terminal on [^ ]*, as $(id -un)\."' sh "$XDG_DATA_HOME/smtpvault/vault.db"
check "none of its lines is wide but what names the vault" sh -c '
    ! grep -v "^The vault of" letter | grep -q "^.\{76\}"'
check "it holds no secret" sh -c '! grep -qi "first\|abcdefgh" letter'
sed -n 's/^  \(smtpvault .*\)$/\1/p' letter >commands
check "each thing has its command" test "$(cat commands)" = 'smtpvault rotate bob
smtpvault rotate carol
smtpvault rotate page'

# told PATTERN: the command that is in quotes on the screen, the last that fits
told() {
    tr -d '\r' <"$WORK/screen" | grep -o '"[^"]*"' | tr -d '"' | grep -e "$1" | tail -n 1 >"$WORK/typed"
    cat "$WORK/typed"
    [ -s "$WORK/typed" ]
}
# listed NAME: the command that "due" has for it
listed() {
    smtpvault due --json >"$WORK/due" || [ $? -eq 1 ]
    jq -er --arg name "$1" '.items[] | select(.profile == $name) | .do' "$WORK/due" >"$WORK/typed"
    cat "$WORK/typed"
}
# follow STATUS [MORE]: runs the command, as a person at a terminal; the dialog is on standard input
follow() {
    wanted=$1
    shift
    talk "$wanted" sh -c "$(cat "$WORK/typed") $*"
}
unset SMTPVAULT_NO_INPUT

# ---- a Dovecot account, by hand

bob_begins() {
    sed -n 1p commands >typed
    follow 75 <<END
bob, bob@example.test at localhost
The present secret stays in use until the new one has logged in
Make a random one here, for you to set at the server? [Y/n] | ENTER
Change the secret of bob@example.test at localhost
"smtpvault get bob --version pending" prints it
Show it here? [y/N] | n
Set it at the server now, then press Enter (l: later) | l
waits to be set at the server
"smtpvault rotate --resume bob" goes on
END
}
bob_too_soon() {
    told 'rotate --resume bob$' && follow 1 <<END
Show it here? [y/N] | n
Set it at the server now, then press Enter (l: later) | ENTER
The server refuses the new secret (535 5.7.8): perhaps it is not set there yet.
Press Enter to try it again (s: show it, l: later) | s
Press Enter to try it again (s: show it, l: later) | l
the old one stays the current one
END
    smtpvault get bob --version pending >waits
    grep -qF -e "$(cat waits)" "$WORK/screen"
}
# A person takes the secret from the one command, and the hash from the other.
bob_sets() {
    told 'get bob --version pending$' && sh -c "$(cat typed)" >waits
    told '^doveadm pw' && cat waits waits | sh -c "$(cat typed)" >hashed
    awk -F : -v OFS=: -v hash="$(cat hashed)" '$1 == "bob@example.test" { $2 = hash } { print }' \
        "$users" >users.new
    cat users.new >"$users"
    touch -d '2 seconds' "$users"
    sleep 1.2
}
bob_ends() {
    listed bob && follow 0 <<END
is finished: the new secret logs in, the old one is refused (535 5.7.8)
END
}
check "the mail's first command begins it" bob_begins
cp "$WORK/screen" begun
check "said to be done too soon, it is found out, and shown once more" bob_too_soon
cp begun "$WORK/screen"
check "the secret and its hash come from the commands that were told" bob_sets
check "the command that is listed now ends it" bob_ends
check "the new one works" smtpvault test bob

# ---- another one, by the rotator that was told

carol_begins() {
    sed -n 2p commands >typed
    follow 75 <<END
Make a random one here, for you to set at the server? [Y/n] | n
--hook dovecot-passwd-file --set file=FILE
New secret for carol (not shown; Enter: later) | ENTER
"smtpvault rotate --resume carol" goes on
END
}
carol_ends() {
    told '--hook dovecot-passwd-file' && sed -i "s|FILE|$users|" typed && follow 0 <<END
is finished: the new secret logs in, the old one is refused (535 5.7.8)
"smtpvault policy set carol --hook
END
}
next_time() {
    told 'policy set carol --hook' && sh -c "$(cat typed)" &&
        smtpvault rotate --plan carol --json | jq -e '.way == "hook"'
}
taken_over() {
    smtpvault rotate --status carol --json | jq -e '.stage == "finished" and .method == "hook" and
        (.hook | startswith("dovecot-passwd-file file="))'
}
check "the second is begun" carol_begins
check "the rotator that was told does the rest" carol_ends
check "which is on record as its work" taken_over
check "and what is told makes it the policy's" next_time
check "the rest of its line is what it was" grep -q '^carol@example.test:{SHA512-CRYPT}[^:]*:1000:1000::/home/carol$' "$users"
check "the new one works" smtpvault test carol

# ---- a provider with a web page

echo hello >page.account # the password of the account
echo 'qrst uvwx yzab cdef' >page.new
page_later() {
    sed -n 3p commands >typed
    follow 75 <<END
page, ann@gmail.com at smtp.gmail.com:465
Make one at https://myaccount.google.com/apppasswords
New secret for page (not shown; Enter: later) | ENTER
"smtpvault rotate --resume page" goes on
END
}
page_typed() {
    listed page && talk 69 unshare --mount sh -c \
        'mount --bind "$1" /etc/hosts && exec sh -c "$2"' sh "$WORK/hosts" "$(cat typed)" <<END
https://myaccount.google.com/apppasswords
New secret for page (not shown; Enter: later) | <$WORK/page.account
Gmail refuses the password of the account
New secret for page (not shown; Enter: later) | <$WORK/page.old
That is the secret that it has already: make a new one, and type that.
New secret for page (not shown; Enter: later) | <$WORK/page.new
no login of page tells whether its server takes the secret
"smtpvault rotate --resume page" tries again; with --no-verify it goes on untried
END
}
page_ends() {
    told 'rotate --resume page$' && follow 0 --no-verify <<END
page is finished: the new secret was not tried, the old one was not tried
the old one may still work: revoke or delete it at https://myaccount.google.com/apppasswords
"smtpvault test page" tries the new one
END
}
check "the third tells the page, and is for later" page_later
check "what is no app password is found, and the old one too" page_typed
check "what was told for a server out of reach ends it" page_ends
check "the blanks of the page are no part of it" test "$(smtpvault get page)" = qrstuvwxyzabcdef

# ---- quiet, and proved

export SMTPVAULT_NO_INPUT=1
check "nothing is due any more" smtpvault due
sent=$(mail_count)
check "nothing is mailed" smtpvault remind --by mail --to ann@example.test --profile starttls
check "in fact" test "$(mail_count)" -eq "$sent"
evidence() { # evidence FILTER
    smtpvault rotate --report --since 90d --json >report.json
    cat report.json
    jq -e "$1" report.json >/dev/null
}
check "what was changed is proved" evidence '[.profiles[] | select(.profile == "bob" or
    .profile == "carol") | .changed and .changes[0].proved and .changes[0].on_time == false] == [true, true]'
check "what no login proved is said so" evidence '.profiles[] | select(.profile == "page") |
    .changed and (.changes[0].proved | not) and .changes[0].on_time and
    (.changes[0].proof | startswith("unproved: "))'
check "what was not changed is named, with its age and why" evidence '[.profiles[] |
    select(.changed | not) | [.profile, .age_days, .why_not]] == [["left alone", 400, "no policy wants it"]]'
check "what is new is said so" evidence '[.profiles[] | select(.new) | .profile] == ["implicit", "starttls"]'
check "not everything was changed" evidence '.totals | (.all_changed | not) and (.all_proved | not) and
    .changed == 5 and .new == 2 and .unchanged == 1'
text() {
    smtpvault rotate --report --since 90d >report
    cat report
    grep -q '^Not everything was changed since .*: 1 secret is older\.$' report &&
        grep -q '^left alone .* not changed .* no policy wants it$' report
}
check "for people too" text
check "the log behind it is whole" smtpvault audit verify
smtpvault --quiet remove 'left alone' --yes
# With what was left alone gone, logins are missing: of the page, and of what nobody tried.
answer() {
    smtpvault rotate --report --since 90d | tee report | grep -q "$1"
}
check "then everything was, but for a proof" answer '^Every secret was changed since .*, but 2 of them are unproved\.$'
sleep 1
smtpvault --quiet remove page --yes
smtpvault test --all
check "and then everything, proved" answer '^Every secret was changed since .*, and each is proved by logins\.$'
check "programs are told so" evidence '.totals | .all_changed and .all_proved'
all_ok
