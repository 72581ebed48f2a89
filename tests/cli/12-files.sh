#!/bin/bash
# SPDX-License-Identifier: ISC
# Folders that cannot be written, and homes that are not there. What must not stand where
# a vault should be is tests/attack/18-files.sh. The whole scenario runs as an ordinary
# user: root may read and write anything.
if [[ $(id -u) -eq 0 ]]; then
    # The build may lie where that user may not go.
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    chmod 755 "$place"
    install -m 755 "${SMTPVAULT:?}" "$place/smtpvault"
    install -D -m 755 "${SMTPVAULT%/*}/libexec/smtpvault" "$place/libexec/smtpvault"
    SMTPVAULT=$place/smtpvault setpriv --reuid=65534 --regid=65534 --clear-groups "$0" "$@"
    exit
fi
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x
cp "$vault" good.db
state=$(echo "$XDG_STATE_HOME"/smtpvault/*)

# The same vault at another path is the same vault to this machine.
expect_status 0 --vault good.db get work
expect_stdout 's3cret-x\n'

# ---- a folder that cannot be written: reading works, writing says why
chmod 500 "$XDG_DATA_HOME/smtpvault"
chmod 400 "$vault"
expect_status 0 get work
expect_stdout 's3cret-x\n'
got=0
sv remove work --yes >out 2>err || got=$?
expect [ $got = 74 -o $got = 77 ]
chmod 600 "$vault"
chmod 700 "$XDG_DATA_HOME/smtpvault"
expect_status 0 get work

# ---- a log that cannot be written releases nothing
chmod 500 "$state"
chmod 400 "$state"/*
got=0
sv get work >out 2>err || got=$?
expect [ $got = 74 -o $got = 77 ]
expect_stdout ''
chmod 600 "$state"/*
chmod 700 "$state"
expect_status 0 get work

# ---- homes
(
    unset HOME XDG_DATA_HOME XDG_STATE_HOME
    got=0
    sv list >"$t/out" 2>"$t/err" || got=$?
    expect [ $got -eq 66 -o $got -eq 78 ] # nobody has no home, another user has no vault there
    grep -q '^smtpvault: ' "$t/err" || die "no message"
) || exit 1
(
    unset XDG_DATA_HOME XDG_STATE_HOME
    mkdir -p .local/share .local/state
    cp -r data/smtpvault .local/share/
    cp -r state/smtpvault .local/state/
    expect_status 0 get work
    export XDG_DATA_HOME=relative XDG_STATE_HOME=relative
    expect_status 0 get work
    expect_absent relative
) || exit 1
finish
