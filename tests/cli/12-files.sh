#!/bin/bash
# SPDX-License-Identifier: ISC
# Whatever stands where the vault should be: a clear status, and nothing is hurt.
# The whole scenario runs as an ordinary user: root may read and write anything.
if [[ $(id -u) -eq 0 ]]; then
    # The build may lie where that user may not go.
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    chmod 755 "$place"
    install -m 755 "${SMTPVAULT:?}" "$place/smtpvault"
    SMTPVAULT=$place/smtpvault setpriv --reuid=65534 --regid=65534 --clear-groups "$0" "$@"
    exit
fi
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x
cp "$vault" good.db
state=$(echo "$XDG_STATE_HOME"/smtpvault/*)

both() { # both STATUS TEXT: reading and writing, by the file $SMTPVAULT_FILE
    expect_status "$1" get work
    expect_stderr_has "$2"
    expect_status "$1" list --json
    expect_status "$1" remove work --yes
    expect_status "$1" status
}

export SMTPVAULT_FILE=$t/x.db
both 66 "smtpvault init"
expect_absent x.db
: >x.db
both 65 "x.db"
rm x.db
echo 'not a database, only words that go on for a while' >x.db
both 65 "x.db"
head -c 20000 good.db >x.db
both 65 ""
head -c 40000 /dev/urandom >x.db
chmod 600 x.db
both 65 "x.db"
rm x.db
sqlite3 x.db 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
both 65 "x.db"
rm x.db
mkdir x.db
both 65 "x.db"
expect_status 73 init --no-passphrase
rmdir x.db
ln -s good.db x.db
both 77 "symbolic link"
expect_status 73 init --no-passphrase
rm x.db
mkfifo x.db
timeout 20 true
both 65 "x.db"
rm x.db
cp good.db x.db
chmod 000 x.db
both 77 "x.db"
for mode in 640 604 660 666; do
    chmod $mode x.db
    both 77 "chmod 600"
done
chmod 600 x.db

# The same vault at another path is the same vault to this machine.
expect_status 0 get work
expect_stdout 's3cret-x\n'
rm x.db
unset SMTPVAULT_FILE

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

# ---- paths that SQLite would take for something else
for name in 'file:x.db?mode=memory' ':memory:' 'a?b#c%41' "a'b\"c" ' x'; do
    expect_status 0 --vault "$name" init --no-passphrase --quiet
    expect [ -f "$name" ]
    expect_status 0 --vault "$name" list
done

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
