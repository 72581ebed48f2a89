#!/bin/bash
# SPDX-License-Identifier: ISC
# epochs: what people see of new keys: secrets that are exposed until they are new, other
# machines that follow, and copies that do not.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-w
add_plain shop s3cret-s

# ---- exposed until there is a new secret
expect_status 0 member add rita --role reader --new-keyfile rita.key --no-passphrase
expect_status 0 due
expect_status 0 member remove rita --yes
expect_status 1 due
expect [ "$(grep -c exposed out)" = 2 ]
expect_status 1 due --json
expect_json '.[0].profiles | all(.rotation.state == "overdue" and .rotation.every_days == null and
    .rotation.exposed == .rotation.due)'
expect_status 0 show work
expect_stdout_has "Exposed"
expect_status 0 get work exposed
expect_stdout_has "T"
expect_status 1 doctor
expect_stdout_has "the secret of work is exposed to a former member"
expect_status 0 edit work --port 2525 # another card, the same secret
expect_status 1 due
expect_stdout_has work
printf 's3cret-new\n' >new
expect_status 0 edit work --password-from file:new
expect_status 0 show work
expect_not grep -q Exposed out
expect_status 0 rollback work 1
expect_status 1 due
expect_stdout_has work # the old secret is no less known
expect_status 0 edit work --password-from file:new
expect_status 1 due
expect_not grep -q work out

# ---- another machine has seen the second epoch and follows to the fourth
export XDG_STATE_HOME=$t/elsewhere
expect_status 0 get work
export XDG_STATE_HOME=$t/state
cp "$vault" old.db
for who in rosa ruth; do
    expect_status 0 member add "$who" --role reader --new-keyfile "$who.key" --no-passphrase
    expect_status 0 member remove "$who" --yes
done
export XDG_STATE_HOME=$t/elsewhere
expect_status 0 get work
expect_stdout 's3cret-new\n'
expect_status 0 verify
expect_status 0 audit verify
expect_status 0 audit --op get --result ok --json
expect_json 'length == 2' # sealed to keys of two epochs

# ---- an older copy, where newer was seen
cp "$vault" new.db
cp old.db "$vault"
expect_status 65 get work
expect_stderr_has "older than one that this machine has seen"
cp new.db "$vault"
expect_status 0 get work
finish
