#!/bin/bash
# SPDX-License-Identifier: ISC
# Providers of one's own, and days on which a provider stops to take a login.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
rows=config/smtpvault/providers.d

# day DAYS: a day from now on.
day() { date -u -d "$1 days" +%F; }
# write_row FILE MEMBERS: a provider "acme", with these members.
write_row() {
    mkdir -p "$rows"
    printf '{"schema": 1, "providers": [{"id": "acme", "name": "Acme Mail", "domains": ["acme.example"],
        "servers": [{"host": "smtp.acme.example", "port": 465, "tls": "implicit"}]%s}]}' "$2" >"$rows/$1"
}
# deadline DAYS MORE: a member for write_row.
deadline() {
    printf ', "deadlines": [{"date": "%s", "kinds": ["password", "api-key"], "what": "Acme ends passwords",
        "advice": "use OAuth2"%s}]' "$(day "$1")" "${2-}"
}

# ---- what is printed can be read again, and says the same
expect_status 0 providers --json
jq 'del(.providers[].source)' out >printed
mkdir -p "$rows"
jq '.providers |= .[:100]' out >"$rows/a.json"
jq '.providers |= .[100:]' out >"$rows/b.json"
expect_status 0 providers --json
expect_json '.[0].providers | (.[0].source | endswith("/a.json")) and (.[-1].source | endswith("/b.json"))'
expect cmp -s <(jq 'del(.providers[].source)' out) printed
rm "$rows"/*

# ---- a row is found, shown, completed, and fills a login
write_row acme.json ''
expect_status 0 providers acme.example
expect_stdout_has "Acme Mail"
expect_stdout_has "$rows/acme.json"
expect_status 0 providers smtp.acme
expect_stdout_has "Acme Mail"
expect_status 0 providers gmail
expect_stdout_has "Verified    2026-"
expect_stdout_has "a login that nobody uses for 180 days ends"
write_row acme.json ', "oauth": {"auth_url": "https://acme.example/a", "token_url": "https://acme.example/t",
    "scopes": "x", "idle_days": 45}'
expect_status 0 providers acme
expect_stdout_has "a login that nobody uses for 45 days ends"
expect_status 0 providers acme --json
expect_json '.[0].providers[0].oauth.idle_days == 45'
write_row acme.json ', "oauth": {"auth_url": "https://acme.example/a", "token_url": "https://acme.example/t",
    "scopes": "x", "idle_days": -1}'
expect_status 78 providers acme
expect_stderr_has 'acme.json, line 3: "idle_days" is a number of days from 1 to 3650'
write_row acme.json ''
expect_status 0 completion bash
expect_stdout_has " acme "
t_vault
printf 'first-secret\n' | expect_status 0 add work --username ann@acme.example --password-from stdin
t_secrets+=(first-secret)
expect_status 0 show work --json
expect_json '.[0] | .provider == "acme" and .host == "smtp.acme.example" and .deadline == null'

# ---- a day that is far, near and past; what has worked since is not due
write_row acme.json "$(deadline 200)"
expect_status 0 due
expect_stderr_has "nothing is due"
expect_not grep -q Acme err
expect_status 0 show work
expect_stdout_has "from $(day 200)"
write_row acme.json "$(deadline 80)"
expect_status 0 due
expect_stderr_has "work: from $(day 80) (in 80 days) such a login may be refused: Acme ends passwords; use OAuth2"
expect_status 1 due --within 81d
expect_stdout_has "ending"
expect_status 1 due --within 81d --json
expect_json ".[0].profiles[0] | .name == \"work\" and .deadline.date == \"$(day 80)\" and .deadline.past == false"
expect_status 1 doctor --json
expect_json '.[0].checks | any(.name == "deadline" and (.ok | not) and (.text | startswith("work: from")) and
    .advice == "use OAuth2")'
write_row acme.json "$(deadline -3 ', "final": true')"
expect_status 1 due
expect_stdout_has "ended"
expect_stderr_has "since $(day -3) (3 days ago) such a login is refused"
printf 'first-secret\n' | expect_status 65 add again --username ann@acme.example --password-from stdin
expect_stderr_has "Acme ends passwords (since $(day -3))"
write_row acme.json "$(deadline -3)"
printf 'first-secret\n' | expect_status 0 add again --username ann@acme.example --password-from stdin
expect_stderr_has "warning: Acme ends passwords ($(day -3)): use OAuth2"
expect_status 1 due
expect_stderr_has "again and 1 more: since"
expect_status 0 exec work -- sh -c 'cat <&3 >/dev/null'
expect_status 0 exec again -- sh -c 'cat <&3 >/dev/null'
expect_status 0 edit work --kind oauth2
expect_status 0 show work --json
expect_json '.[0].deadline == null'

# ---- the agent knows the rows too, from its start
write_row acme.json ', "username": "same-as-secret"'
printf 'twin-secret\n' | expect_status 0 add twin --provider acme --password-from stdin
t_secrets+=(twin-secret)
sv unlock 2>/dev/null || die "no agent"
trap 'sv lock 2>/dev/null; rm -rf "$t"' EXIT
expect_status 0 get twin --json
expect_json '.[0].username == "twin-secret"'
expect_status 0 status --json
expect_json '.[0].agent.pid > 0'
expect_status 0 lock

# ---- what was read long ago
write_row acme.json ', "verified": "2021-05-06"'
expect_status 0 providers acme
expect_stdout_has "Verified    2021-05-06 ("
sv doctor --json >out
expect_json '.[0].checks | map(select(.name == "providers" and (.text | contains("Acme Mail was last verified on 2021-05-06"))))
    | length == 1'

# ---- a file that is not as it should be
printf '{"schema": 1, "providers": [{"id": "acme", "nmae": "x\\u001b[2J"}]}' >"$rows/bad.json"
expect_status 78 providers
expect_stderr_has 'bad.json, line 1: "nmae" is not known here'
expect_status 78 add more --username ann@acme.example --generate
expect_status 78 edit work --note x
expect_status 0 show work
expect_stderr_has "warning: "
expect_stderr_has "no provider of your own is known"
expect_status 0 get work
expect_stderr_empty
expect_status 1 doctor
expect_stdout_has 'bad.json, line 1'
rm "$rows/bad.json"
chmod 666 "$rows/acme.json"
expect_status 78 providers acme
expect_stderr_has "chmod 644"
finish
