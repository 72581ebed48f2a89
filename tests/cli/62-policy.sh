#!/bin/bash
# SPDX-License-Identifier: ISC
# policy: rules for the vault, kinds, providers, tags and profiles; what holds, and who says so.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work first-secret --tag prod --tag mail
add_plain key api-key-secret --kind api-key --tag prod
add_plain home home-secret

term() { # term NAME TERM VALUE FROM
    expect_status 0 policy show "$1" --json
    expect_json ".[0].terms[\"$2\"] == {\"value\": \"$3\", \"from\": \"$4\"}"
}

# ---- built in
term work every off 'built in'
term key every 365d 'built in'
term work lead 14d 'built in'
term work overlap 24h 'built in'
expect_status 0 show key --json
expect_json '.[0].rotation | .every_days == 365 and .state == "ok" and
    ((.due | fromdate) - (.last | fromdate) == 365 * 86400)'
expect_status 0 list --json
expect_json '.[0].profiles | map(.rotation.every_days) == [null, 365, null]'
expect_status 66 get key rotate-every

# ---- the narrower wins, term by term
expect_status 0 policy set --all --every 200d --grace 7d --public yes
expect_stderr_has 'the vault: 3 profiles'
expect_stdout ''
term work every 200d 'the vault'
term key every 200d 'the vault'
expect_status 0 policy set --kind api-key --every off
expect_stderr_has 'kind api-key: 1 profile'
term key every off 'kind api-key'
expect_status 0 policy set --tag prod --every 30d --on 07-15,01-15 --after 'systemctl reload postfix' \
    --after 'logger changed'
expect_stderr_has 'tag prod: 2 profiles'
# It runs later, from wherever somebody is then.
for line in ./reload bin/reload '"./re load" now' '../x'; do
    expect_status 64 policy set work --after "$line"
    expect_stderr_has '--after names a command by its name or its whole path'
done
for line in 'systemctl reload "postfix' 'echo a | tee b'; do
    expect_status 64 policy set work --after "$line"
    expect_stderr_has 'smtpvault: --after: '
done
# What takes all away stands alone.
for word in inherit off; do
    expect_status 64 policy set work --after "$word" --after /bin/true
    expect_stderr_has "--after $word stands alone"
    expect_status 64 policy set work --after /bin/true --after "$word"
done
expect_status 0 policy set work --after '/usr/bin/logger a/b' --after /bin/true
expect_status 0 policy set work --after inherit
term key every 30d 'tag prod'
term work on 01-15,07-15 'tag prod'
expect_status 0 policy show work --json
expect_json '.[0].terms.after == {"value": ["systemctl reload postfix", "logger changed"],
    "from": "tag prod"}'
expect_status 0 policy set work --every 10d --length 40 --alphabet alnum
expect_stderr_has 'work is due every 10 days'
expect_status 0 audit --op policy --last 1 --json
expect_json '.[0].note == "policy for this profile: every length alphabet" and .[0].version == 2'
term work every 10d 'this profile'
term work length 40 'this profile'
term work grace 7d 'the vault'
expect_status 0 get work rotate-every
expect_stdout '10d\n'
# Never, against a rule that says otherwise.
expect_status 0 policy set key --every off
term key every off 'this profile'
expect_status 0 policy set key --every inherit
term key every 30d 'tag prod'
expect_status 0 policy set --tag prod --every inherit
term key every off 'kind api-key'
term key on 01-15,07-15 'tag prod'
expect_status 0 policy set --provider gmail --hook gmail-web
expect_stderr_has 'provider gmail: 0 profiles'
expect_stderr_has 'there is no rotator "gmail-web" in'
expect_status 0 policy set --provider gmail --hook template
expect_not grep -q 'rotator' err
expect_status 0 policy set --tag nobody --on-reject rollback --reject-threshold 3
expect_stderr_has 'tag nobody: 0 profiles'

# A lead that is as long as the period would have it on the list for ever.
expect_status 0 policy set home --every 14d
expect_stderr_has 'warning: home is told of 14 days before, and due every 14 days'
expect_status 0 policy set home --every 15d
expect_not grep -q 'warning' err
expect_status 0 policy set home --every inherit
expect_status 0 policy set --all --every 7d
expect_stderr_has 'warning: home is told of 14 days before, and due every 7 days'
expect_stderr_has 'so is 1 more'
expect_status 0 policy set --all --every 7d --lead 2d
expect_not grep -q 'warning' err
expect_status 0 policy set --all --every 200d --lead inherit

# ---- shown
expect_status 0 policy show work
expect_stdout_has 'new secret every'
expect_stdout_has 'this profile'
expect_stdout_has 'systemctl reload postfix; logger changed'
expect_status 0 policy list
expect_stdout_has 'tag prod'
expect_stdout_has 'profile work'
expect_stdout_has 'provider gmail'
expect_status 0 policy list --json
expect_json '.[0] | (.profiles | length == 3) and (.rules | length == 6) and
    .rules[0] == {"for": "vault", "name": null, "every": "200d", "grace": "7d", "public": "yes"}
    and .rules[-1] == {"for": "profile", "name": "work", "length": "40", "alphabet": "alnum"}'
expect_status 0 rename work job
expect_status 0 policy list
expect_stdout_has 'profile job'

# ---- a secret is made as the terms say, and so that every file that holds it can
secret_of() { sv get "$1"; }
expect_status 0 edit job --generate
[[ $(secret_of job) =~ ^[A-Za-z0-9]{40}$ ]] || die "not 40 letters and digits"
expect_status 0 generate job
grep -qE '^[A-Za-z0-9]{40}$' out || die "generate took no terms"
expect_status 0 policy set --all --alphabet symbols --length 64
expect_status 0 generate home
grep -qE '^.{64}$' out || die "generate took no length of the vault"
expect_status 0 export home --to docker-env --inline -o env
for _ in 1 2 3 4 5 6; do
    expect_status 0 edit home --generate
    expect_status 0 export --refresh --all
done
expect_status 0 add made --provider gmail --username a@gmail.com --generate
expect_stderr_has 'gives out its secrets itself'
expect_status 66 generate nobody
expect_status 64 generate home --length 20

# ---- taken away
expect_status 0 policy remove job
expect_status 66 policy remove job
expect_stderr_has 'the policy has no rule for'
term job length 64 'the vault'
expect_status 0 policy set key --grace 1d
expect_status 0 remove --yes key
expect_status 0 policy remove --tag nobody
expect_status 0 policy list --json
expect_json '.[0].rules | map(.for) == ["vault", "kind", "provider", "tag"]'
expect_status 0 verify
expect_status 0 audit --op policy --json
expect_json 'map(select(.note != null) | .note) |
    any(. == "policy for tag prod: every on after") and any(. == "policy for tag nobody: removed")'

# ---- wrong words
for words in "set" "set work --all --every 1d" "set --tag a --kind api-key --every 1d" \
    "set --all" "set --kind secret --every 1d" "set --all --every 12h" "set --all --on 02-30" \
    "set --all --length 5" "set --all --on-reject shout" "set --all --public maybe" "remove" \
    "remove --all --every 1d" "show --all" "show home --every 1d" "list home"; do
    # shellcheck disable=SC2086 # words on purpose
    expect_status 64 policy $words
done
expect_status 64 policy set home --on 01-15,02-30
expect_stderr_has '--on takes days of the year, 12 at most and each once: 01-15,07-15, or off; not "01-15,02-30"'
expect_status 64 policy set home --every 12h
expect_stderr_has '--every takes whole days to 36500d: 90d, 12w or 1y, or off for never; not "12h"'
expect_status 66 policy set nobody --grace 1d
expect_status 66 policy remove --kind oauth2
finish
