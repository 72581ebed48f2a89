#!/bin/bash
# SPDX-License-Identifier: ISC
# remind: each thing once in its time, by each way on its own; while the vault is locked what the
# policy lets be known; clocks that go wrong.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
key=$SMTPVAULT_KEYFILE
odd=$'caf\xc3\xa9 "a\\b", c; it\'s|x'
state=$XDG_STATE_HOME/smtpvault
add_plain work s3cret-w --rotate-every 10d
add_plain "$odd" s3cret-o --rotate-every 13d
add_plain later s3cret-l --rotate-every 400d

# ago TIME FILE: the times in it are so long ago.
ago() {
    awk -v by="$1" '/^smtpvault-remind/ { $3 -= by } !/^smtpvault-remind/ { $4 -= by } { print }' \
        "$2" >moved && cat moved >"$2"
}
stamps() {
    echo "$state"/remind-*[0-9a-f]
}

says() { # says FILTER FILE
    jq -e "$1" "$2" >/dev/null
}

# ---- once, to whom it is new
expect_status 0 remind
expect_stdout_has '2 things are due'
expect_stdout_has 'work: soon, in '
expect_stdout_has 'the policy wants a new secret every 10 days'
expect_stdout_has '  smtpvault rotate work'
expect_stdout_has "  smtpvault rotate 'caf"
expect_stdout_has "The vault of $(id -un): $vault"
expect_stdout_has "a command for a terminal on"
expect_stdout_has '"smtpvault rotate --due" goes'
expect_stdout_has 'each thing once in 7 days'
expect_not grep -q SMTPVAULT_FILE out
expect_stderr_empty
expect_not grep -q later out
expect_mode 600 "$(stamps)"
cp "$(stamps)" first
expect_status 0 remind
expect_stdout ''
expect_stderr_empty
expect_status 0 remind --by "file:$t/due.json"
expect_stdout ''
expect_mode 600 due.json
expect says '.schema == 1 and .locked == false and .locked_since == null and .told_before == 0 and
    (.items | map(.profile) | length == 2 and .[0] == "work") and
    .items[0].do == "smtpvault rotate work"' due.json
rm due.json
expect_status 0 remind --by "file:$t/due.json" --by stdout
expect_absent due.json
expect_status 0 remind --by "file:$t/other.json" --json
expect_stdout ''
expect test -s other.json

# ---- again when it was told long ago, or becomes more urgent, or is back after it was away
ago 500000 "$(stamps)"
expect_status 0 remind
expect_stdout ''
ago 100000 "$(stamps)"
expect_status 0 remind --every 30d
expect_stdout ''
expect_status 0 remind --json
expect_json '.[0].items | length == 2'
expect_status 0 remind
expect_stdout ''
add_plain third s3cret-3 --rotate-every 1d
expect_status 0 remind
expect_stdout_has '1 thing is due'
expect_stdout_has 'third: soon'
expect_stdout_has '2 more were told of before'
expect_not grep -q 'work' out
awk '$3 == 1 { $3 = 0 } { print }' "$(stamps)" >moved
cat moved >"$(stamps)"
expect_status 0 remind
expect_stdout_has '3 things are due'
expect_status 0 edit work --rotate-every 400d
expect_status 0 remind
expect_stdout ''
expect_status 0 edit work --rotate-every 10d
expect_status 0 remind
expect_stdout_has 'work: soon'
expect_status 0 remove third --yes

# ---- exposed breaks through, once
expect_status 0 member add rita --role reader --new-keyfile rita.key --no-passphrase
expect_status 0 member remove rita --yes
expect_status 0 remind --within 1h
expect_stdout_has '3 things are due, 3 of them overdue'
expect_stdout_has 'work: exposed'
expect_status 0 remind --within 1h
expect_stdout ''

# ---- nothing is due: nothing is said
for name in work "$odd" later; do
    printf 's3cret-next' | expect_status 0 edit "$name" --password-from - --rotate-every 400d
done
t_secrets+=(s3cret-next)
expect_status 0 remind --by stdout --by "file:$t/none.json"
expect_stdout ''
expect_stderr_empty
expect_absent none.json

# ---- locked, and nothing may be known: that it is so, and since when
unset SMTPVAULT_KEYFILE
expect_status 0 remind
expect_stdout_has 'the vault is locked'
expect_stdout_has 'and was last used 20'
expect_not grep -q 'work\|later\|ann\|mail.example.org' out
expect_status 0 remind
expect_stdout ''
expect_status 75 remind --by mail --to ann@example.org
expect_stderr_has 'the vault is locked and was last used'
expect_status 75 remind --by mail --to ann@example.org --by "file:$t/locked.json"
expect says '.locked and (.locked_since | startswith("20")) and .items == []' locked.json
expect_absent "$state"/due-public-*

# ---- dates that may be known
export SMTPVAULT_KEYFILE=$key
expect_status 0 policy set work --public yes --every 5d
public=$(echo "$state"/due-public-*)
expect_mode 600 "$public"
expect grep -qx 'smtpvault-dates 1 some' "$public"
expect grep -q ' work$' "$public"
expect test "$(wc -l <"$public")" -eq 2
expect_not grep -q 'later\|ann\|example\|s3cret' "$public"
stat -c %Y.%i "$public" >was
expect_status 1 due
expect_status 0 list --json
expect test "$(stat -c %Y.%i "$public")" = "$(cat was)"
unset SMTPVAULT_KEYFILE
rm "$(stamps)"
expect_status 0 remind
expect_stdout_has '1 thing is due'
expect_stdout_has 'work: soon, in 5 days'
expect_stdout_has 'The vault is locked and was last used'
expect_status 0 remind
expect_stdout ''
# The same thing has one stamp, locked or not.
export SMTPVAULT_KEYFILE=$key
expect_status 0 remind
expect_stdout ''
# A change takes its date along, and a vault whose dates are all known says nothing more.
printf 's3cret-next' | expect_status 0 edit work --password-from - --rotate-every 300d
expect grep -qx 'smtpvault-dates 1 some' "$public"
expect_status 0 policy set --all --public yes
expect grep -qx 'smtpvault-dates 1 all' "$public"
expect test "$(wc -l <"$public")" -eq 4
unset SMTPVAULT_KEYFILE
rm "$(stamps)"
expect_status 0 remind
expect_stdout ''
# A rotation moves the date.
export SMTPVAULT_KEYFILE=$key
cp "$public" before
sleep 1.1
printf 's3cret-turned' | expect_status 0 rotate work --no-verify --password-from -
t_secrets+=(s3cret-turned)
expect_not cmp -s "$public" before
expect grep -q ' work$' "$public"
unset SMTPVAULT_KEYFILE
# What others could have written is not read.
chmod 644 "$public"
rm "$(stamps)"
expect_status 0 remind
expect_stderr_has 'are not used'
chmod 600 "$public"
printf 'smtpvault-dates 1 all\nnonsense\n' >"$public"
expect_status 0 remind
expect_stderr_has 'are not used'
# Whatever lies in its place: it is told, nothing is waited for or written through it, and it is
# never "nothing is due".
SMTPVAULT_KEYFILE=$key expect_status 0 policy set work --every 6d
expect grep -q ' work$' "$public"
cp "$public" before
echo outside >outside
for thing in "ln -s $t/outside" "ln -s $t/nowhere" mkfifo mkdir; do
    rm "$public" "$(stamps)"
    $thing "$public"
    expect_status 0 remind
    expect_stderr_has 'are not used'
    expect_stdout_has 'The vault is locked and was last used'
    SMTPVAULT_KEYFILE=$key expect_status 0 policy set work --every 7d
    expect_stderr_has 'are not as they should be'
    expect_stdout ''
    expect [ "$(cat outside)" = outside ]
    expect_absent nowhere
    rm -r "$public"
    cp before "$public"
done
# An old one hides no date: what is past by now is told.
sed -E 's/^([0-9a-f]{32}) [0-9]+ [0-9]+ [0-9]+/\1 1000 1000 1000/' before >"$public"
rm "$(stamps)"
expect_status 0 remind
expect_stdout_has 'work: overdue'
cp before "$public"
# What was told is believed of nobody else either.
expect_status 0 remind --within 9999d
expect_status 0 remind --within 9999d
expect_stdout ''
chmod 666 "$(stamps)"
expect_status 0 remind --within 9999d
expect_stderr_has 'all is told again'
expect_stdout_has ' due.'
expect_mode 600 "$(stamps)"
for thing in "ln -s $t/outside" mkdir; do
    mv "$(stamps)" told
    $thing "$state/remind-$(basename "$public" | cut -d- -f3)"
    timeout 20 "$program" remind --within 9999d >out 2>err
    expect [ $? -ne 124 ]
    expect [ "$(cat outside)" = outside ]
    rm -r "$(stamps)"
    mv told "$state/remind-$(basename "$public" | cut -d- -f3)"
done
# The file of a webhook: a link is not written through, a pipe not waited for.
for thing in "ln -s $t/outside" mkfifo mkdir; do
    $thing hook.json
    rm "$(stamps)"
    timeout 20 "$program" remind --within 9999d --by "file:$t/hook.json" >out 2>err
    expect [ $? -ne 124 ]
    expect [ "$(cat outside)" = outside ]
    rm -r hook.json
done
export SMTPVAULT_KEYFILE=$key
expect_status 0 policy set work --public no --every 300d
expect_status 0 policy set --all --public no
expect_absent "$public"

# ---- the agent's end is the time
expect_status 0 unlock --for 1h
unset SMTPVAULT_KEYFILE
expect_status 0 remind
expect_stdout ''
expect_status 0 lock
rm "$(stamps)"
expect_status 0 remind
expect_stdout_has 'The vault is locked since 20'
export SMTPVAULT_KEYFILE=$key

# ---- a clock that was set back a year: said once; what is due is told again when it is right
expect_status 0 edit work --rotate-every 5d
expect_status 0 remind
expect_stdout_has 'work: soon'
ago -31536000 "$(stamps)"
expect_status 0 remind
expect_stdout_has 'The clock of this machine says'
expect_stdout_has 'work: soon'
expect_status 0 remind
expect_stdout ''
# One that was set forward is no reason.
ago 31536000 "$(stamps)"
expect_status 0 remind
expect_stdout_has 'work: soon'
expect_not grep -q 'clock' out

# ---- stamps that are none are forgotten, aloud; two runs at once
echo nonsense >"$(stamps)"
expect_status 0 remind
expect_stderr_has 'all is told again'
expect_stdout_has 'work: soon'
rm "$(stamps)"
for _ in 1 2 3 4; do sv remind >>together & done
wait
expect test "$(grep -c '^work: soon' together)" -eq 1

# ---- what fails is told again, and keeps nothing else back
rm "$(stamps)"
expect_status 73 remind --by "file:$t/no/such/due.json" --by stdout --by "file:$t/here.json"
expect test -s here.json
expect_status 0 remind --by "file:$t/here.json" --by stdout
expect_stdout_has 'work: soon'
t_path=$t/bin expect_status 78 remind --by notify
expect_stderr_has 'libnotify-bin'
DBUS_SESSION_BUS_ADDRESS=unix:path=$t/none expect_status 69 remind --by notify

# ---- words
expect_status 64 remind --by post
expect_stderr_has 'file:PATH'
expect_status 64 remind --by file:
expect_status 64 remind --to ann@example.org
expect_status 64 remind --by mail --to ann
expect_status 64 remind --every never
expect_status 64 remind --within soon
expect_status 64 remind now
expect_status 66 --vault none.db remind
# A vault in another place is named as its commands want it.
cp "$vault" "it's another.db"
expect_status 0 --vault "it's another.db" remind --every 12h
expect_stdout_has 'each thing once in 12 hours'
SMTPVAULT_FILE=
eval "$(grep '^  export SMTPVAULT_FILE=' out)"
expect [ "$SMTPVAULT_FILE" = "$t/it's another.db" ]
expect_status 0 show work
unset SMTPVAULT_FILE
rm "it's another.db"
# Nobody has an address to send from, then one has, then two, of which one does not work any more.
expect_status 78 remind --by mail
expect_status 64 remind --by mail --profile later
expect_status 66 remind --by mail --profile none
expect_status 0 edit work --from ann@example.org
expect_status 0 edit later --from ann@example.org
expect_status 64 remind --by mail
expect_stderr_has 'which login sends the reminder? 2 could, later, work: give --profile NAME'
finish
