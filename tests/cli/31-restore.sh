#!/bin/bash
# SPDX-License-Identifier: ISC
# restore: a backup that was proved takes the vault's place in one step; an older one
# only on purpose, and on record.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
t_vault
add_plain work first-s3cret
mkdir to
expect_status 0 backup to/old.db
add_plain shop other-s3cret
expect_status 0 backup to/new.db
folder=${vault%/*}
cp "$vault" whole
names() { find "$folder" -mindepth 1 -printf '%f\n' | sort; }

# ---- the vault is lost: its backup is it again
rm "$vault"
expect_status 66 list
expect_status 0 restore to/new.db
expect_stdout ''
expect_stderr_has "/vault.db is the vault of"
expect_mode 600 "$vault"
expect_status 0 list
expect_stdout 'shop\nwork\n'
expect [ "$(names)" = vault.db ]
expect_status 0 audit --op restore --json
expect_json 'length == 1 and (.[0] | .result == "ok" and (.note | test("^to epoch 1, change 3")))'

# ---- the vault is damaged: it is kept, and its journal does not meet the new one
head -c 5000 whole >"$vault"
expect_status 65 list
printf journal >"$vault-journal"
chmod 600 "$vault-journal"
expect sv -q restore to/new.db
expect_absent "$vault-journal"
expect cmp -s <(head -c 5000 whole) "$vault.before-1"
rm "$vault".before-1*
expect_status 0 get shop
expect_stdout 'other-s3cret\n'

# ---- a journal without its vault is not played into the backup
mv "$vault" was.db
printf journal >"$vault-journal"
expect sv -q restore to/new.db
expect [ "$(names)" = $'vault.db\nvault.db-journal.before-1' ]
rm "$vault-journal.before-1"
expect_status 0 verify --full

# ---- what is no backup
printf 'no vault' >text
chmod 600 text
mkfifo -m 600 pipe
head -c 20000 to/new.db >cut.db
cp to/new.db flipped.db
at=$(($(stat -c %s flipped.db) - 700))
byte=$(od -An -tu1 -j "$at" -N 1 flipped.db)
printf '%b' "\\x$(printf %x $((byte ^ 64)))" |
    dd of=flipped.db bs=1 seek="$at" conv=notrunc 2>err
sv --vault stranger.db --keyfile "$t/key" -q init --no-passphrase || die init
sum=$(sha256sum <"$vault")
for file in text pipe cut.db flipped.db to; do
    expect_status 65 restore $file
    expect_stderr_has "$file cannot be restored"
done
expect_status 65 restore stranger.db
expect_stderr_has "is a backup of another vault"
expect_stderr_has "with --vault FILE"
expect_status 66 restore none.db
expect_status 64 restore
expect_status 64 restore one two
expect [ "$(sha256sum <"$vault")" = "$sum" ]
expect [ "$(names)" = vault.db ]

# ---- an older one is refused, and told how
expect_status 65 restore to/old.db
expect_stderr_has "older than what this machine has seen (it is of epoch 1, change 2; seen: epoch 1, change 3)"
expect_stderr_has "add --accept-rollback"
SMTPVAULT_KEYFILE='' expect_status 75 restore to/old.db --accept-rollback
expect_stderr_has "--keyfile"
sv --vault other.db --keyfile "$t/otherkey" -q init --no-passphrase || die init
expect_status 77 --keyfile otherkey restore to/old.db --accept-rollback
expect_status 0 audit --op unlock --result denied --json
expect_json 'length == 1'
expect [ "$(sha256sum <"$vault")" = "$sum" ]
expect_status 0 list
expect_stdout 'shop\nwork\n'

# ---- taken on purpose: the log tells both states, and this machine goes on from there
XDG_STATE_HOME=$t/elsewhere expect_status 0 list # another machine that has seen the newer one
id=$(sv status --json | jq -r .id)
clock() { od -An -v -t u8 -j145 -N8 "state/smtpvault/$id/anchor" | tr -d ' '; } # the latest time seen stays
then=$(clock)
expect [ "$then" -gt 0 ]
expect_status 0 restore to/old.db --accept-rollback
expect [ "$(clock)" -ge "$then" ]
expect_stderr_has "other machines that have seen change 3 refuse this vault"
expect_stderr_has "is kept as"
expect [ "$(names)" = $'vault.db\nvault.db.before-1' ]
expect cmp -s "$vault.before-1" to/new.db
expect_status 0 list
expect_stdout 'work\n'
expect_status 0 audit --op restore --last 1 --json
expect_json '.[0] | .result == "ok" and .via == "keyfile" and
    .note == "to epoch 1, change 2; seen: epoch 1, change 3"'
expect_status 0 audit verify
expect_status 0 verify --full
add_plain fresh fresh-s3cret
expect_status 0 get fresh
expect_stdout 'fresh-s3cret\n'
rm "$vault.before-1"

# ---- by now the newer backup is a fork, and has the same way
expect_status 65 restore to/new.db
expect_stderr_has "has parted from what this machine has seen"
cp "$vault" fork.db

# ---- the other machine: refused with the way told, and then accepted as it stands
export XDG_STATE_HOME=$t/elsewhere
expect_status 65 list
expect_stderr_has 'restore --accept-rollback'
SMTPVAULT_KEYFILE='' expect_status 75 restore --accept-rollback
expect_status 0 restore --accept-rollback --json
expect_json '.[0] | .schema == 1 and .rolled_back and .kept == null and .change == 3 and
    .seen == {"epoch": 1, "change": 3}'
expect_status 0 list
expect_stdout 'fresh\nwork\n'
expect_status 0 audit --op restore --last 1
expect_stdout_has "to epoch 1, change 3"
expect_status 0 restore --accept-rollback
expect_stderr_has "nothing is restored"
export XDG_STATE_HOME=$t/state
expect_status 0 list

# ---- a new machine: everything begins there
export XDG_DATA_HOME=$t/moved/data XDG_STATE_HOME=$t/moved/state
expect_status 0 restore fork.db --json
expect_json '.[0] | .rolled_back == false and .seen == null and .kept == null'
expect_status 0 list
expect_stdout 'fresh\nwork\n'
expect_status 0 audit --json
expect_json '[.[].op] == ["log-begin", "restore"]'
expect_status 0 add after --host h --port 465 --username u --password-from "file:$t/text"
export XDG_DATA_HOME=$t/data XDG_STATE_HOME=$t/state

# ---- into a place of its own, from a folder that can only be read
expect_status 0 --vault apart/vault.db restore stranger.db
expect_status 0 --vault apart/vault.db list
expect_status 64 shell <<<"restore to/new.db"
finish
