#!/bin/bash
# SPDX-License-Identifier: ISC
# passphrase: another way in; the old one is no way any more.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
export SMTPVAULT_NO_INPUT=1
t_secrets=("correct horse" "another one" s3cret-x)
printf 'correct horse\n' >pass
printf 'another one\n' >other
: >empty
expect_status 0 --passphrase-from file:pass init $cheap
export SMTPVAULT_PASSPHRASE_FROM=file:$t/pass
add_plain work s3cret-x

expect_status 75 passphrase
expect_status 65 passphrase --new-passphrase-from file:empty
expect_status 66 passphrase --new-passphrase-from file:nowhere
expect_status 77 passphrase --passphrase-from file:other --new-passphrase-from file:pass
expect_status 64 passphrase --no-passphrase
expect_status 64 passphrase --argon2 t=1 --new-passphrase-from file:other
expect_status 64 passphrase --passphrase-from stdin --new-passphrase-from stdin
expect_status 0 get work

expect_status 0 passphrase --new-passphrase-from file:other $cheap
expect_stdout ''
expect_status 77 get work
export SMTPVAULT_PASSPHRASE_FROM=file:$t/other
expect_status 0 get work
expect_stdout 's3cret-x\n'

# ---- a key file beside it
expect_status 0 passphrase --new-passphrase-from file:other --new-keyfile key $cheap
expect_mode 600 key
expect_status 75 get work
expect_status 0 --keyfile key get work
expect_status 0 --keyfile key passphrase --new-passphrase-from file:pass $cheap
expect_status 75 --passphrase-from file:pass get work
expect_status 0 --keyfile key --passphrase-from file:pass get work

# ---- a key file alone; a failure takes the file away again
printf 'not ours\n' >foreign
expect_status 65 --keyfile key --passphrase-from file:pass passphrase --no-passphrase \
    --new-keyfile foreign
expect_status 65 --keyfile key --passphrase-from file:pass passphrase \
    --new-keyfile fresh --new-passphrase-from file:empty
expect_absent fresh
expect_status 0 --keyfile key --passphrase-from file:pass passphrase --no-passphrase --new-keyfile alone
unset SMTPVAULT_PASSPHRASE_FROM
expect_status 0 --keyfile alone get work
expect_stdout 's3cret-x\n'
expect_status 77 --keyfile key get work
expect_status 0 --keyfile alone audit --op passphrase --result ok --json
expect_json 'length == 4'
expect_status 0 --keyfile alone verify --full
finish
