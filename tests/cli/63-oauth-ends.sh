#!/bin/bash
# SPDX-License-Identifier: ISC
# When the client secret of a login by OAuth2 ends: given, shown, kept, carried on, and told of in
# time. A login itself and its end: tests/integration/32-oauth.sh.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
export PYTHONDONTWRITEBYTECODE=1
t_vault
t_secrets=(0wn-token 0wn-client)
date=client-secret-expires
# kept NAME TIME: it is what the vault has. kept NAME: it has none.
kept() {
    if [[ $# -eq 1 ]]; then
        expect_status 66 get "$1" $date
    else
        expect_status 0 get "$1" $date
        expect_stdout "$2\n"
    fi
}
end=$(date -u -d '+40 days' +%F)
printf '0wn-token' | expect_status 0 add own --kind oauth2 --host mail.example.org --port 465 \
    --tls implicit --username ann --password-from stdin --$date "$end"

# ---- what is given is kept, and shown
kept own "${end}T00:00:00Z"
expect_status 0 show own
expect_stdout_has "Client ends $end 00:00 (in "
for words in "show own" "get own" "list"; do
    # shellcheck disable=SC2086 # words
    expect_status 0 $words --json
    expect_json ".[0] | (.profiles[0]? // .) | .oauth == {authorized: null, login_ends: null,
        client_secret_expires: \"${end}T00:00:00Z\"}"
done
id=$(sqlite3 "file:$XDG_DATA_HOME/smtpvault/vault.db?mode=ro" \
    'SELECT lower(hex(substr(v, 19, 16))) FROM meta WHERE k = 0')
expect "$here/../decoder/decode.py" --state "$XDG_STATE_HOME/smtpvault/$id" --keyfile key \
    "$XDG_DATA_HOME/smtpvault/vault.db" >decoded
expect jq -es "map(.profile // empty)[0].client_ends == $(date -u -d "$end" +%s)" decoded >judged
add_plain work s3cret-w
expect_status 0 show work --json
expect_json '.[0] | has("oauth") | not'

# ---- due
expect_status 0 due
expect_status 1 due --within 41d --json
expect_json '.[0].items | length == 1 and (.[0] | .clock == "client" and
    .urgency == "soon" and .do == "smtpvault show own")'
expect_status 0 policy set own --lead 45d
expect_status 1 due
expect_stdout_has "the client secret of its login by OAuth2 ends then"
expect_status 0 edit own --$date "$(date -u -d '-2 days' +%F)"
expect_status 1 due --json
expect_json '.[0].items[0] | .urgency == "overdue"'
expect_status 0 due --format prometheus
"$here/due_judge.py" prometheus out >judged || die "no metrics"
expect jq -e 'any(.labels.clock? == "client" and .labels.profile == "own")' judged >verdict
expect_status 2 due --format nagios

# ---- carried on: versions, files of our own, another epoch
expect_status 0 edit own --$date 2031-02-03T04:05:06Z
expect_status 0 rollback own 1
kept own "${end}T00:00:00Z"
expect_status 0 rollback own 3
kept own 2031-02-03T04:05:06Z
expect_status 0 export own --to json --inline -o own.json
expect jq -e '.profiles[0].oauth.client_secret_expires == "2031-02-03T04:05:06Z"' own.json >judged
expect_status 0 remove own --yes
expect_status 0 import --from smtpvault own.json --yes
kept own 2031-02-03T04:05:06Z
jq '.profiles[0].oauth.client_secret_expires = "2031-02-30"' own.json >bad.json
sv import --from smtpvault bad.json --dry-run >out 2>err
expect grep -q 'is no day such as 2027-06-30' out err
jq 'del(.profiles[0].oauth)' own.json >none.json
expect_status 0 remove own --yes
expect_status 0 import --from smtpvault none.json --yes
kept own
expect_status 0 edit own --$date 2031-02-03
expect_status 0 member add rita --role reader --new-keyfile rita.key --no-passphrase
expect_status 0 member remove rita --yes
kept own 2031-02-03T00:00:00Z

# ---- as people give it
expect_status 0 edit own --$date 730d
expect_status 0 show own
expect_stdout_has "(in 2 years)"
for wrong in soon 2031-02-29 2031-13-01 31-1-1 -1d 1.5y 99999y '2031-01-01 ' 1969-01-01; do
    expect_status 64 edit own "--$date=$wrong"
    expect_stderr_has "no day such as 2027-06-30"
done
expect_status 0 edit own --$date never
kept own
TZ=America/New_York expect_status 0 edit own --$date 2028-03-13
kept own 2028-03-13T04:00:00Z

# ---- of a login by OAuth2 alone, with a client secret
expect_status 64 edit work --$date 2031-01-01
expect_stderr_has "say --kind oauth2"
printf '%s\n' protocol=https host=git.example.org username=ann password=pw |
    sv git-credential --general store
expect_status 64 edit https://ann@git.example.org --$date 2031-01-01
printf 'x' | expect_status 64 add no --host mail.example.org --port 465 --tls implicit \
    --username ann --password-from stdin --$date 2031-01-01
expect_status 0 edit own --kind password
kept own
login=(--client-id me --auth-url https://127.0.0.1:9/a --token-url https://127.0.0.1:9/t
    --scopes mail --paste)
expect_status 64 login own "${login[@]}" --$date 2031-01-01
expect_stderr_has "this client has none: give it with --client-secret-from"

# ---- of one that is typed the day is asked for
unset SMTPVAULT_NO_INPUT
t_open "'$program' login own ${login[*]} --client-secret-from tty 2>said"
t_see_last "Client secret:"
t_type 0wn-client
t_key Enter
t_see "Day on which that secret ends, such as 2027-06-30 (Enter alone: not known):"
t_type tomorrow
t_key Enter
t_see '"tomorrow" is no day such as 2027-06-30'
t_type 2031-02-03
t_key Enter
t_see_last "Address:"
t_key C-d
t_see "ended with"
t_open "'$program' login own ${login[*]} --client-secret-from tty --$date 2y 2>said"
t_see_last "Client secret:"
t_type 0wn-client
t_key Enter
t_see_last "Address:"
t_see_not "Day on which"
no_secret_in said
finish
