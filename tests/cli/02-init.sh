#!/bin/bash
# SPDX-License-Identifier: ISC
# init: what opens a vault, and what is left when it could not be made.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_secrets=("correct horse" "another one")
printf 'correct horse\n' >pass
printf 'another one\n' >other
: >empty
printf 'short\n' >short
printf '\n' >newline
export SMTPVAULT_NO_INPUT=1

# ---- nothing is made by a failure
fails() { # fails STATUS WORD...
    expect_status "$@"
    expect_absent data
    expect_absent state
    expect_absent key
}
fails 64 init --no-passphrase
expect_stderr_has "--keyfile FILE"
fails 75 init
expect_stderr_has "no asking"
fails 75 --keyfile key init
fails 65 init --passphrase-from file:empty
expect_stderr_has "the passphrase is empty"
fails 65 --keyfile key init --passphrase-from file:newline
fails 66 init --passphrase-from file:nowhere
fails 64 init extra
for cost in t=2 m=65535 m=4194305 p=17 p=0 x=1 't=3,,' t= m=-1 t=3,m=65536,q=1 99; do
    fails 64 init --passphrase-from file:pass "--argon2=$cost"
done
printf 'not made by us\n' >foreign
fails 65 --keyfile foreign init --no-passphrase
expect_stderr_has "was not made by smtpvault"
: >none
fails 65 --keyfile none init --no-passphrase
fails 73 --keyfile nowhere/key init --no-passphrase
fails 74 --vault foreign/sub/vault.db --keyfile key init --no-passphrase
expect_stderr_has "no vault was made: nothing can be written in ~/foreign/sub: Not a directory; "
XDG_STATE_HOME=$t/foreign fails 74 --keyfile key init --no-passphrase
expect_stderr_has "/foreign/smtpvault: Not a directory; "

# ---- a passphrase that could be guessed
expect_status 0 --vault "$t/weak.db" init --passphrase-from file:short $cheap
expect_stderr_has "warning: the passphrase is short"
rm -r weak.db state

# ---- a key file alone
expect_status 0 --keyfile key init --no-passphrase
expect_stdout ''
expect_stderr_has "made the vault ~/data/smtpvault/vault.db"
expect_stderr_has "made the key file"
expect_stderr_has 'next: "smtpvault add"'
expect_mode 600 "$vault"
expect_mode 600 key
expect_mode 700 data/smtpvault
expect_mode 700 "$(echo state/smtpvault/*)"
expect grep -qE '^smtpvault-keyfile-1 [A-Za-z0-9+/]{64}$' key
expect_status 0 --keyfile key list
expect_stdout ''
expect_status 75 list
expect_stderr_has "give --keyfile FILE"
cp key copy
printf 'smtpvault-keyfile-1 %064d\n' 0 >wrong
expect_status 77 --keyfile wrong list
expect_status 65 --keyfile foreign list
expect_status 66 --keyfile nowhere list
before=$(sha256sum <"$vault")
expect_status 73 --keyfile key init --no-passphrase
expect_stderr_has 'exists already, and was not changed: "smtpvault status" tells of it; --vault FILE'
expect_status 73 init --passphrase-from file:pass
expect_status 73 --keyfile fresh init --no-passphrase
expect_absent fresh
expect [ "$(sha256sum <"$vault")" = "$before" ]

# ---- an existing key file of ours is taken as it is
expect_status 0 --vault two.db --keyfile key init --no-passphrase
expect cmp -s key copy
expect_status 0 --vault two.db --keyfile key list

# ---- a passphrase
export SMTPVAULT_FILE=$t/three.db
expect_status 0 init --passphrase-from file:pass $cheap
expect_stderr_has "nobody can open the vault without"
expect_status 0 list --passphrase-from file:pass
expect_status 77 list --passphrase-from file:other
expect_stderr_has "it came from --passphrase-from or SMTPVAULT_PASSPHRASE_FROM"
expect_status 65 list --passphrase-from file:empty
expect_status 75 list
expect_stderr_has "--passphrase-from SOURCE"
expect_status 75 --keyfile key list
expect_status 0 --keyfile key list --passphrase-from file:pass
expect_status 0 audit --json --passphrase-from file:pass
expect_json 'map(select(.op == "unlock" and .result == "denied")) | length == 1'

# ---- both: the key file is the second factor, whatever file it is
export SMTPVAULT_FILE=$t/four.db SMTPVAULT_PASSPHRASE_FROM=file:$t/pass
expect_status 0 --keyfile foreign init $cheap
expect_status 0 --keyfile foreign list
expect_status 77 --keyfile key list
expect_status 75 list
expect_stderr_has "key file beside the passphrase"
expect_status 77 --keyfile foreign list --passphrase-from file:other
SMTPVAULT_KEYFILE=$t/foreign expect_status 0 list

# ---- a journal that another vault left would be played into the new one
printf journal >left.db-journal
before=$(sha256sum left.db-journal)
got=0
sv --vault left.db --keyfile key init --no-passphrase >out 2>err || got=$?
expect [ "$got" = 73 ]
expect_stderr_has "left.db-journal is left over"
expect_absent left.db
expect [ "$(sha256sum left.db-journal)" = "$before" ]
rm left.db-journal

# ---- a vault made in a folder that is not there yet
expect_status 0 --vault deep/er/v.db --keyfile key init --no-passphrase
expect_mode 700 deep/er
finish
