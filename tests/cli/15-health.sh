#!/bin/bash
# SPDX-License-Identifier: ISC
# status, verify: what they know with keys and without.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
expect_status 66 --keyfile "$t/key" status
expect_status 66 verify
t_vault
add_plain work s3cret-x --rotate-every 1d

# ---- status
expect_status 0 status
expect_stdout_has "Vault       ~/data/smtpvault/vault.db"
expect_stdout_has "Opens with  key file"
expect_stdout_has "Logins      1"
expect_stdout_has "1 soon"
expect_status 0 status --json
expect_json '.[0] | .schema == 1 and .vault == "'"$vault"'" and .unlocked and .profiles == 1 and
    .opens_with == ["keyfile"] and .soon == 1 and .overdue == 0 and .slots == 1 and
    (.id | test("^[0-9a-f]{32}$")) and .log_entries > 1'
SMTPVAULT_KEYFILE='' expect_status 0 status
expect_stdout_has "not known while it is locked"
SMTPVAULT_KEYFILE='' expect_status 0 status --json
expect_json '.[0] | .unlocked == false and .profiles == null and .due == null'
expect_not grep -q work out

# ---- verify: a key is neither needed nor used, but for --full
expect_status 0 verify
expect_stdout ''
expect_stderr_has "the vault is whole"
expect_status 0 verify --json
expect_json '.[0] | .schema == 1 and .ok and .findings == [] and .full == false and
    .unlocked == false'
SMTPVAULT_KEYFILE='' expect_status 0 verify
expect_status 0 verify --full
expect_stdout ''
expect_status 0 verify --full --json
expect_json '.[0] | .schema == 1 and .ok and .findings == [] and .full and .unlocked'
SMTPVAULT_KEYFILE='' expect_status 0 verify --full
expect_stderr_has "without keys"
SMTPVAULT_KEYFILE='' expect_status 0 verify --full --json
expect_json '.[0] | .ok and .full and .unlocked == false'
printf foreign >other
expect_status 65 --keyfile other verify --full
expect_status 0 --keyfile other verify

# ---- a row is changed: nothing is released, and it is said
cp "$vault" good
sqlite3 "$vault" "UPDATE obj SET v = zeroblob(length(v))" ||
    die "sqlite3"
expect_status 65 get work
got=0
sv verify >out 2>err || got=$?
expect [ $got = 1 -o $got = 65 ]
got=0
sv verify --full >out 2>err || got=$?
expect [ $got = 1 -o $got = 65 ]
cp good "$vault"
expect_status 0 get work
expect_stdout 's3cret-x\n'

# ---- an older copy of the whole vault is refused
expect_status 0 edit work --note new
cp good "$vault"
expect_status 65 get work
finish
