#!/bin/bash
# SPDX-License-Identifier: ISC
# What is being written when a process is killed: a file that is new is there whole or
# not at all, one that is replaced is the old or the new one, and no secret lies about
# under another name for longer than until the next one is written there.
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/kill.sh
. "$here/kill.sh"
t_vault
add_plain work first-s3cret
mkdir to
expect_status 0 export work --to json --inline -o to/want

# ---- a new file never has another name
none() { rm -f to/login; }
whole_or_absent() {
    expect [ -z "$(t_left to)" ]
    [[ ! -e to/login ]] || expect cmp -s to/want to/login
}
each_kill none whole_or_absent export work --to json --inline --unrecorded -o to/login
expect [ "$kills" -gt 10 ]
expect cmp -s to/want to/login
expect_mode 600 to/login

# ---- one that is replaced: what the killed leave goes with the next
left=0
old() { printf old >to/login; }
whole_or_old() {
    [[ $(cat to/login) == old ]] || expect cmp -s to/want to/login
    if [[ -n $(t_left to) ]]; then
        ((++left))
        expect_status 0 export work --to json --inline --force -o to/login
    fi
    expect [ -z "$(t_left to)" ]
}
each_kill old whole_or_old export work --to json --inline --unrecorded --force -o to/login
expect [ "$kills" -gt 10 ]
expect [ "$left" -le 2 ]
expect cmp -s to/want to/login

# ---- a vault that is being made: nothing of it stays beside its place, and in the
# folder of logs at most the one of which the vault was just to follow
unset SMTPVAULT_KEYFILE
export XDG_STATE_HOME=$t/new-state
mkdir new
no_vault() { rm -rf new/vault.db new-state; }
vault_or_none() {
    [[ ! -e new/vault.db ]] || expect sv --vault new/vault.db --keyfile "$t/key" -q verify
    [[ -z $(t_left new new-state) ]] || {
        rm -f new/vault.db
        expect sv --vault new/vault.db --keyfile "$t/key" -q init --no-passphrase
    }
    expect [ -z "$(t_left new new-state)" ]
    expect [ "$(find new-state -name seal 2>"$t/err" | wc -l)" -le 2 ]
}
t_calls=(rename renameat2 linkat unlink unlinkat mkdir mkdirat) # those that give and take names
each_kill no_vault vault_or_none --vault new/vault.db --keyfile "$t/key" init --no-passphrase
expect [ "$kills" -gt 6 ]
expect [ "$(ls -A new)" = vault.db ]
finish
