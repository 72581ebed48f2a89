#!/bin/bash
# SPDX-License-Identifier: ISC
# backup: a whole vault and its log beside it, proved before they have their names;
# whatever goes wrong, nothing half stands there and nothing that was there is gone.
here=$(cd "${0%/*}" && pwd)
if [[ -z ${T_MOUNTS-} ]]; then
    export T_MOUNTS=none
    for how in "unshare -m" "unshare -rm"; do
        # shellcheck disable=SC2086 # words on purpose
        $how mount -t tmpfs none /mnt 2>/dev/null && T_MOUNTS=$how exec $how "$0"
    done
fi
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/kill.sh
. "$here/kill.sh"
expect_status 66 backup none.db
t_vault
add_plain work s3cret
add_plain shop other-s3cret
mkdir to

# ---- what it makes: locked, and opened by the same key
SMTPVAULT_KEYFILE='' expect_status 0 backup to/one.db
expect_stdout ''
expect_stderr_has "/to/one.db holds the vault as of change 3, and"
names() { find "$1" -mindepth 1 -printf '%f\n' | sort; }
expect [ "$(names to)" = $'one.db\none.db.log' ]
expect_mode 600 to/one.db
expect_mode 600 to/one.db.log
expect_status 0 --vault to/one.db get work
expect_stdout 's3cret\n'
expect_status 0 --vault to/one.db list
expect_stdout 'shop\nwork\n'
expect_status 0 --vault to/one.db verify --full
expect_status 0 audit --op backup
expect_stdout_has "$t/to/one.db"
expect_not grep -qaE 's3cret|work|example.org' to/one.db to/one.db.log
expect [ "$(sqlite3 to/one.db.log 'PRAGMA journal_mode')" = delete ]
expect_status 0 backup to/two.db --json
expect_stderr_empty
expect_json '.[0] | .schema == 1 and .backup == "'"$t"'/to/two.db" and .log == "'"$t"'/to/two.db.log" and
    .epoch == 1 and .change == 3 and .log_entries > 5 and (.written | test("^20.*Z$"))'
expect [ "$(sqlite3 to/two.db.log 'SELECT count(*) FROM entry')" = "$(jq .log_entries out)" ]

# ---- it keeps the live key of the log to itself
seal=$(find state -name seal)
live=$(od -An -tx1 -j41 -N32 "$seal" | tr -d ' \n')
expect_not grep -q "$live" <(od -An -v -tx1 to/two.db to/two.db.log | tr -d ' \n')

# ---- names that it does not take
cp -r to before
ln "$vault" hard
ln -s "$vault" soft
: >there
for name in "$vault" hard soft there to to/one.db; do
    expect_status 73 backup "$name"
done
expect_status 73 backup hard
expect_stderr_has "is the vault itself"
expect_status 73 backup soft
expect_stderr_has "is the vault itself"
rm hard soft
expect_status 73 backup none/x.db
expect_status 64 backup "$vault-journal"
expect_status 64 backup new-wal
expect_status 64 backup
expect_status 64 backup one two
printf 'a note' >new.log
expect_status 73 backup new
expect_stderr_has "new.log"
expect_absent new
expect diff -r before to
expect_status 0 verify --full

# ---- killed in the middle: FILE is whole or absent, and the next one needs no help
gone() { rm -f to/kill*; }
whole_or_absent() {
    if [[ -e to/kill ]]; then
        expect sv --vault to/kill verify --full -q
        expect [ -e to/kill.log ]
    else
        expect sv -q backup to/kill
        expect [ -z "$(t_left to)" ]
    fi
}
t_calls=(openat renameat2 unlink unlinkat fsync fdatasync ftruncate mkdirat rmdir)
each_kill gone whole_or_absent backup to/kill
expect [ "$kills" -gt 20 ]
gone
expect_status 0 backup to/last.db

# ---- by ^C: nothing at all stays
nothing() { expect [ -e to/kill -o "$(names to)" = "$stays" ]; }
stays=$(names to)
t_calls=(pwrite64 fdatasync)
t_signal=INT
each_kill gone nothing backup to/kill
expect [ "$kills" -gt 5 ]
gone
t_signal=TERM
each_kill gone nothing backup to/kill
gone

# ---- others write and read meanwhile
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    add_plain "busy$i" "busy-s3cret-$i"
    sv get "busy$i" >"$t/seen" || die "get busy$i"
done &
writer=$!
for i in 1 2 3 4 5; do
    expect sv -q backup "to/live$i" # not expect_status: the writer's journal comes and goes
    XDG_STATE_HOME=$t/elsewhere expect sv -q --vault "to/live$i" verify --full
done
wait $writer || die "a change failed while backups were made"
expect_status 0 backup to/live6
expect_status 0 --vault to/live6 get busy12
expect_stdout 'busy-s3cret-12\n'
# This machine has seen more by now than the first of them holds.
expect_status 65 --vault to/live1 list

# ---- what is damaged is not backed up
cp "$vault" whole
sqlite3 "$vault" "UPDATE obj SET v = zeroblob(length(v)) WHERE id = (SELECT min(id) FROM obj)" || die sqlite3
expect_status 65 backup to/bad.db
expect_stderr_has "no backup was made of what is damaged"
expect_absent to/bad.db
expect_absent to/bad.db.log
cp whole "$vault"
expect_status 0 backup to/good.db

# ---- no room, and nowhere to write
if [[ $T_MOUNTS != none ]]; then
    mkdir small
    trap 'umount "$t/small" 2>/dev/null; rm -rf "$t"' EXIT
    mount -t tmpfs -o size=1m,mode=700 none small || die mount
    made=0
    for ((kib = 0; kib < 400; kib += 16)); do
        rm -f small/*
        dd if=/dev/zero of=small/ballast bs=1024 2>"$t/err"
        truncate -s "-$((kib * 1024))" small/ballast
        got=0
        sv backup small/x.db >"$t/out" 2>"$t/err" || got=$?
        ((checks++))
        if [[ $got == 0 ]]; then
            ((++made))
            expect_status 0 --vault small/x.db verify
        else
            expect [ "$got" = 74 ]
            expect_stderr_has "small"
            expect [ "$(ls -A small)" = ballast ]
        fi
    done
    expect [ $made -gt 0 ]
    expect [ $made -lt 25 ]
    rm -f small/*
    mount -o remount,ro small || die remount
    expect_status 74 backup small/x.db
    expect_stderr_has "small"
    umount small
fi
expect_status 0 verify --full
expect_status 0 audit verify
finish
