#!/bin/bash
# SPDX-License-Identifier: ISC
# due: all clocks in one list, for people, programs, calendars and what watches machines; and the
# line that tells of it once a day.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
odd=$'caf\xc3\xa9 "a\\b", c; it\'s|x'
add_plain work s3cret-w --rotate-every 90d
add_plain key s3cret-k --kind api-key
add_plain "$odd" s3cret-o --rotate-every 10d
add_plain free s3cret-f
t_secrets+=(s3cret-new s3cret-next)

judge() { # judge FORMAT FILTER: what a strict reader understands of stdout
    "$here/due_judge.py" "$1" out >judged 2>err || die "$(cat err)"
    jq -e "$2" judged >/dev/null || die "$1: not so: $2: $(cat judged)"
}

# ---- nothing is due but the one that is soon
expect_status 1 due --json
expect_json '.[0].items | length == 1 and (.[0] | .clock == "period" and .urgency == "soon" and
    (.profile | startswith("caf")) and .token == null and
    .why == "the policy wants a new secret every 10 days" and
    (.do | startswith("smtpvault rotate '"'"'caf")))'
expect_status 1 due --within 400d --json
expect_json '.[0].items | map(.profile) | length == 3 and .[1] == "work" and .[2] == "key"'
expect_status 0 due --within 1h
expect_stderr_has 'nothing is due'
expect_status 0 policy set "$odd" --lead 1d
expect_status 0 due

# ---- periods, tokens, grants, copies, exposure: one list, the most urgent first
# A secret that is new within the days of lead counts as changed for that day.
expect_status 0 policy set free --on "$(date -u -d '+40 days' +%m-%d)" --lead 60d
expect_status 0 due
expect_status 0 policy set free --every 13d --lead 14d
expect_status 0 token add --name ci --profile work --until 3d
expect_status 0 grant add key --user 0 --until 5d
expect_status 0 export work --to msmtp --inline -o rc
printf 's3cret-new' | expect_status 0 edit work --password-from -
expect_status 1 due --json
expect_json '.[0].items | map(.clock) == ["copy", "token", "grant", "period"] and
    .[0].urgency == "due" and .[1].token == "ci" and .[1].profile == null and
    .[2].profile == "key" and .[3].profile == "free"'
expect_json '.[0].profiles | map(.name) == ["free"]'
expect_status 1 due
expect_stdout_has "file holds another secret or login than the vault: $t/rc"
expect_stdout_has 'smtpvault export --refresh work'
expect_stdout_has 'token ci'
# What it says to type can be typed.
sv due --json | jq -r '.items[] | select(.clock == "token" or .clock == "grant").do' >lines
expect [ "$(wc -l <lines)" -eq 2 ]
while read -r program_word line; do
    expect [ "$program_word" = smtpvault ]
    eval "expect_status 0 $line"
done <lines
sv due --json | jq -r '.items[].id' | sort >ids.1
sleep 1.1
sv due --json | jq -r '.items[].id' | sort >ids.2
expect cmp ids.1 ids.2
[[ $(uniq ids.1 | wc -l) -eq 4 ]] || die "two items have one id"
expect_status 0 export --refresh --all
expect_status 0 member add rita --role reader --new-keyfile rita.key --no-passphrase
expect_status 0 member remove rita --yes
expect_status 1 due --json
expect_json '.[0].items | map(select(.clock == "exposed" and .urgency == "overdue")) | length == 4'
expect_json '.[0].items[0].clock == "exposed"'

# ---- through the agent the same: tokens and grants too
ids() { sv "$@" due --json | jq -r '.items[] | .clock + " " + .id'; }
ids --no-agent >alone.ids
expect_status 0 unlock
(unset SMTPVAULT_KEYFILE && ids) >agent.ids
expect grep -q '^token ' agent.ids
expect grep -q '^grant ' agent.ids
expect cmp alone.ids agent.ids
expect_status 0 lock
# A reader sees grants, and not whose token it is.
expect_status 0 member add rob --role reader --new-keyfile rob.key --no-passphrase
SMTPVAULT_KEYFILE=rob.key expect_status 0 unlock
(unset SMTPVAULT_KEYFILE && ids) >reader.ids
expect cmp <(grep -v '^token ' alone.ids) reader.ids
expect_status 0 status --json
expect_json '.[0].agent.refused == 0'
expect_status 0 lock

# ---- a calendar: what is later as well; status 0, whatever is due
expect_status 0 due --format ics
judge ics 'map(select(.summary == "work: exposed, new secret due")) | length == 1 and
    (.[0].text | contains("\nsmtpvault rotate work"))'
judge ics 'any(.summary | startswith("caf\u00e9 \"a\\b\", c; it'"'"'s|x: "))'
judge ics 'any(.summary == "key: grant ends")'
judge ics 'any(.summary == "token ci: ends" and .day == "'"$(date -u -d '+3 days' +%F)"'")'
jq -r '.[].uid' judged | sort >uids.1
sleep 1.1
expect_status 0 due --format ics
judge ics 'length > 0'
jq -r '.[].uid' judged | sort >uids.2
expect cmp uids.1 uids.2
expect_status 0 due --format ics --within 1h
judge ics 'all(.summary | test("exposed"))'
TZ=Pacific/Auckland expect_status 0 due --format ics
judge ics 'length > 0'

# ---- metrics
expect_status 0 due --format prometheus
judge prometheus 'any(.name == "smtpvault_due_items" and .labels.urgency == "overdue" and .value == 4)
    and any(.name == "smtpvault_profiles" and .value == 4) and
    any(.name == "smtpvault_due_timestamp_seconds" and .labels == {"token": "ci", "clock": "token"})
    and any(.labels.profile == "caf\u00e9 \"a\\b\", c; it'"'"'s|x" and .labels.clock == "exposed")'

# ---- a plugin's line and status
expect_status 2 due --format nagios
judge nagios '.status == "CRITICAL" and .numbers.overdue == 4 and .numbers.profiles == 4 and
    (.text | startswith("4 overdue, 0 due, 2 soon: "))'
for name in work key "$odd" free; do
    printf 's3cret-next' | expect_status 0 edit "$name" --password-from -
done
expect_status 1 due --format nagios
judge nagios '.status == "WARNING" and .numbers.overdue == 0 and .numbers.soon == 3'
expect_status 0 token remove ci
expect_status 0 grant remove key --all
expect_status 0 policy set free --every off
expect_status 0 export --refresh --all
expect_status 0 due --format nagios
judge nagios '.status == "OK" and .text == "nothing is due"'
sv --vault none.db due --format nagios >out 2>err && die "there is no vault"
[[ $? -eq 3 ]] || die "not 3"
judge nagios '.status == "UNKNOWN" and (.text | contains("none.db"))'

sv due --format nagios --within soon >out 2>err && die "that is no span"
[[ $? -eq 3 ]] || die "not 3"
judge nagios '.status == "UNKNOWN" and (.text | contains("14d"))'

# ---- words
expect_status 64 due --format atom
expect_status 64 due --format ics --json
expect_status 64 due --within soon
expect_status 64 due now

# ---- once a day, behind another command, at a terminal only
expect_status 0 policy set work --every 1d
expect_status 0 edit work --note x
expect_not grep -q 'smtpvault due' err
t_open "env -u SMTPVAULT_NO_INPUT '$program' edit work --note y"
t_see '1 thing is due: "smtpvault due" shows it'
t_see "ended with 0"
t_open "env -u SMTPVAULT_NO_INPUT '$program' edit work --note z"
t_see "ended with 0"
t_see_not "is due"
rm "$XDG_STATE_HOME"/smtpvault/due-told-*
t_open "env -u SMTPVAULT_NO_INPUT '$program' --quiet edit work --note q"
t_see "ended with 0"
t_see_not "is due"
t_open "env -u SMTPVAULT_NO_INPUT '$program' get work note"
t_see "ended with 0"
t_see_not "is due"
finish
