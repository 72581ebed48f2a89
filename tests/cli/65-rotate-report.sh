#!/bin/bash
# SPDX-License-Identifier: ISC
# rotate --report: evidence of what was changed, of a vault with a history. Old secrets come by
# an import, which says since when they are what they are.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
# old NAME SINCE: a login whose secret is so old
old() {
    add_plain "$1" "s3cret-$1"
    sv get "$1" --json | jq -c --arg since "$2" '.rotation.last = $since | {schema: 1, profiles: [.]}' \
        >"$1.json"
    sv --quiet remove "$1" --yes || die "remove"
    expect_status 0 import --from smtpvault "$1.json" --yes
}
last_year=$(date -u -d '400 days ago' +%Y-%m-%dT%H:%M:%SZ)
month_ago=$(date -u -d '35 days ago' +%Y-%m-%dT%H:%M:%SZ)
printf s3cret-next >next
t_secrets+=(s3cret-next)

profile() { # NAME FILTER
    expect_status 0 rotate --report --json
    expect_json ".[0].profiles[] | select(.profile == \"$1\") | $2"
}
totals() {
    expect_status 0 rotate --report --json
    expect_json ".[0].totals | $1"
}

# ---- words
expect_status 64 rotate --report --status
expect_stderr_has "exclude each other"
expect_status 64 rotate --report --generate
expect_stderr_has "--report takes no new secret"
expect_status 64 rotate --report --since yesterday-ish
expect_stderr_has "--since wants a date"
expect_status 64 rotate work --since 90d
expect_stderr_has "--since is for"
expect_status 64 rotate work --csv
expect_status 64 rotate --report --csv --json
expect_status 66 rotate --report nobody
expect_status 0 rotate --report
expect_stdout_has "0 of 0 secrets changed"

# ---- a history
old stale "$last_year"
old slow "$last_year"
old recent "$month_ago"
old free "$last_year"
add_plain fresh s3cret-fresh
for name in stale slow recent; do
    expect_status 0 policy set "$name" --every 90d
done
profile stale '.why_not | test("^overdue since 20..-..-..$")'
profile free '.why_not == "no policy wants it" and (.new | not)'
profile fresh '.new and .why_not == null'
profile stale '.changed == false and .age_days == 400 and .overdue and (.changes | length == 0) and .policy == "every 90d (its own)"'
profile free '.changed == false and .due == null and (.overdue | not) and .policy == "none"'
profile recent '.changed and .age_days == 35 and (.overdue | not) and .changes[0].proof == "unproved: so old by the word of where it was imported from, and no login was seen to work"'
profile fresh '.changed and .age_days == 0 and .changes[0].who == "owner" and (.changes[0].proof | test("the first one, and no login"))'
totals '.profiles == 5 and .changed == 2 and .unchanged == 3 and .overdue == 2 and .proved == 0 and .unproved == 2'

# ---- a rotation that is late, and one that is in time
expect_status 0 rotate slow --no-verify --password-from file:next
profile slow '.changed and .age_days == 0 and (.overdue | not) and (.changes | length == 1)'
profile slow '.changes[0] | .on_time == false and .method == "given" and .who == "owner" and (.host | length > 0) and .proof == "unproved: no login with the new one was tried" and (.proved | not)'
expect_status 0 rotate recent --no-verify --password-from file:next
profile recent '.changes[0] | .on_time and .due != null'
totals '.changed == 3 and .unchanged == 2 and .on_time == 1 and .late == 1 and .overdue == 1 and .unproved == 3'
# One that was begun and went no further is named with the reason.
expect_status 75 rotate stale --generate --no-verify
profile stale '.why_not | test("^overdue since .*; a change begun on .* stands at .pending.: the new secret waits to be set at the server")'
expect_status 0 rotate --rollback stale --no-verify
# Taken back, it is as old as it was.
expect_status 0 rotate --rollback slow --no-verify
profile slow '(.changed | not) and .age_days == 400 and .overdue and .changes[0].taken_back'
profile slow '.why_not | test("; the change of .* was taken back$")'
totals '.changed == 2 and .unchanged == 3 and .new == 1 and (.all_changed | not) and (.all_proved | not)'

# ---- since when
expect_status 0 rotate --report --since 500d --json
expect_json '.[0].totals | .changed == 5 and .unchanged == 0 and .all_changed and (.all_proved | not)'
expect_status 0 rotate --report --since 500d
expect_stdout_has "Every secret was changed since "
expect_stdout_has ", but 5 of them are unproved."
expect_status 0 rotate --report --since "$(date -d '30 days ago' +%Y-%m-%d)" --json recent
expect_json '.[0] | (.profiles | length == 1) and .profiles[0].changed and .log_read'

# ---- people
expect_status 0 rotate --report
expect_stdout_has "NEXT DUE"
expect_stdout_has "overdue"
expect_stdout_has "not changed"
expect_stdout_has ": 2 of 5 secrets changed (1 on time, 0 late, 0 without a date, 1 new), 3 not."
expect_stdout_has "Proved by logins: 0, unproved: 2. Overdue now: 2."

expect_stdout_has "Not everything was changed since "
expect_stdout_has ": 3 secrets are older."
expect_stdout_has "no policy wants it"
expect_stdout_has '"smtpvault audit verify" checks the log.'

# ---- on a terminal nothing of it is cut
script -qec "stty cols 80; $wrap $program rotate --report" /dev/null </dev/null >shown || die "script"
expect_not grep -qE '^.{82}' shown # and a carriage return
expect grep -q '^fresh  new, .* (0 days old)' shown
expect grep -q '^stale  NOT changed since .* (400 days old), overdue' shown
expect grep -q '^  policy: every 90d (its own), due 20' shown
expect grep -q '^  overdue since 20' shown
expect_not grep -q '\.\.\.\|…' shown

# ---- a spreadsheet, which is given no formula
add_plain '=1+1, "of" ann' s3cret-formula
expect_status 0 rotate --report --csv
python3 - out <<'PY' || die "the CSV is another"
import csv, sys
raw = open(sys.argv[1], newline="").read()
assert raw.endswith("\r\n") and raw.count("\n") == raw.count("\r\n")
rows = list(csv.DictReader(raw.splitlines(keepends=True), strict=True))
by = {row["profile"]: row for row in rows}
assert len(rows) == 7, len(rows)  # slow has two lines: what was taken back, and that it is old
assert "'=1+1, \"of\" ann" in by, by.keys()
assert by["stale"]["changed"] == "no" and by["stale"]["overdue"] == "yes"
assert by["stale"]["why_not"].startswith("overdue since ") and by["stale"]["new"] == "no"
assert by["fresh"]["why_not"] == "" and by["fresh"]["new"] == "yes"
assert by["stale"]["age_days"] == "400" and by["stale"]["proved"] == ""
assert by["recent"]["time"] == "on time" and by["recent"]["by"] == "owner"
assert by["recent"]["proof"].startswith("unproved: ")
assert all(row["secret_since"].endswith("Z") for row in rows)
PY
((checks++))

# ---- without the log, and by an agent
sv token add --name ci --profile recent >badge 2>err || die "token add"
expect_status 77 --token-from file:badge rotate --report
expect_status 0 unlock
key=$SMTPVAULT_KEYFILE
unset SMTPVAULT_KEYFILE
trap 'SMTPVAULT_KEYFILE=$key sv -q lock; rm -rf "$t"' EXIT
profile fresh '.changes[0].who == "owner"'
totals '.profiles == 6'
expect_status 0 rotate --report --csv
expect_status 0 lock
export SMTPVAULT_KEYFILE=$key
finish
