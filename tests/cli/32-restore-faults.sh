#!/bin/bash
# SPDX-License-Identifier: ISC
# restore, killed anywhere, twice at once, with others at work, without room: there is
# a whole vault at the place at each moment, and nobody has to repair anything.
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
t_vault
add_plain work s3cret
mkdir to spare
expect_status 0 backup to/old.db
add_plain shop other-s3cret
expect_status 0 backup to/new.db
cp -r state data spare/

# ---- killed at each call, setting the vault back
as_it_was() {
    rm -rf state data
    cp -r spare/state spare/data .
}
# As it was, or as it shall be; a change goes through, and so does the next restore.
usable() {
    expect [ -e "$vault" ]
    expect sv list >seen
    [[ $(cat seen) == $'shop\nwork' || $(cat seen) == work ]] || die "list: $(cat seen)"
    expect sv get work >seen
    expect sv -q verify
    expect sv -q audit verify
    expect sv -q edit work --note changed
    expect sv -q restore to/old.db --accept-rollback
    expect sv list >seen
    expect [ "$(cat seen)" = work ]
    expect [ -z "$(t_left data)" ]
}
t_calls=(pwrite64 rename renameat2 linkat link unlink unlinkat fdatasync fsync mkdirat)
each_kill as_it_was usable restore to/old.db --accept-rollback
expect [ "$kills" -gt 20 ]

# ---- killed at each call, with a damaged vault and with none
damaged() {
    as_it_was
    head -c 9000 spare/data/smtpvault/vault.db >"$vault"
}
restorable() {
    expect [ -e "$vault" ]
    sv list >seen 2>&1 || expect sv -q restore to/new.db
    expect sv list >seen
    expect [ "$(cat seen)" = $'shop\nwork' ]
}
t_calls=(rename renameat2 link unlinkat)
each_kill damaged restorable restore to/new.db
none() {
    as_it_was
    rm "$vault"
}
whole_or_absent() {
    [[ -e $vault ]] || expect sv -q restore to/new.db
    expect sv list >seen
    expect [ "$(cat seen)" = $'shop\nwork' ]
}
each_kill none whole_or_absent restore to/new.db

# ---- two at once, and five
as_it_was
running=()
for i in 1 2 3 4 5; do
    sv restore to/old.db --accept-rollback >"said.$i" 2>&1 &
    running+=($!)
done
done_=0
for pid in "${running[@]}"; do
    got=0
    wait "$pid" || got=$?
    # One who comes while another is at it may be told that what was seen has changed.
    [[ $got == 0 || $got == 75 ]] || die "one of five restores gave $got: $(cat said.*)"
    ((done_ += got == 0))
done
expect [ $done_ -gt 0 ]
expect_status 0 list
expect_stdout 'work\n'
expect_status 0 verify --full
expect_status 0 audit verify

# ---- with others at work: each gets a right answer, or is told to come back
as_it_was
busy() { # busy N
    local i got
    for ((i = 0; i < 12; i++)); do
        got=0
        sv get work >"got.$1" 2>"err.$1" || got=$?
        [[ $got == 75 || $got:$(cat "got.$1") == 0:s3cret ]] || exit 1
        got=0
        sv add "busy$1-$i" --host h.example.org --port 465 --username ann \
            --password-from "file:$t/key" >"got.$1" 2>"err.$1" || got=$?
        [[ $got == 0 || $got == 75 ]] || exit 2
    done
}
busy 1 &
one=$!
busy 2 &
two=$!
for i in 1 2 3 4; do
    got=0
    sv restore to/old.db --accept-rollback >said 2>&1 || got=$?
    [[ $got == 0 || $got == 75 ]] || die "restore among others: $got: $(cat said)"
done
wait $one || die "among restores, one of others failed: $(cat err.1)"
wait $two || die "among restores, one of others failed: $(cat err.2)"
expect_status 0 get work
expect_status 0 verify --full
expect_status 0 audit verify

# ---- no room
if [[ $T_MOUNTS != none ]]; then
    as_it_was
    rm -rf data/smtpvault
    mkdir data/smtpvault
    trap 'umount "$t/data/smtpvault" 2>/dev/null; rm -rf "$t"' EXIT
    mount -t tmpfs -o size=512k,mode=700 none data/smtpvault || die mount
    refused=0
    for ((kib = 0; kib < 200; kib += 16)); do
        rm -f data/smtpvault/*
        cp spare/data/smtpvault/vault.db "$vault"
        dd if=/dev/zero of=data/smtpvault/ballast bs=1024 2>err
        truncate -s "-$((kib * 1024))" data/smtpvault/ballast
        got=0
        sv restore to/new.db >said 2>"$t/err" || got=$?
        ((checks++))
        [[ $got == 0 || $got == 74 ]] || die "restore without room: $got"
        ((refused += got == 74))
        rm data/smtpvault/ballast
        expect_status 0 list
        expect_stdout 'shop\nwork\n'
        expect [ -z "$(t_left data)" ]
    done
    expect [ $refused -gt 0 ]
    expect [ $refused -lt 12 ]
    mount -o remount,ro data/smtpvault || die remount
    expect_status 74 restore to/new.db
    umount data/smtpvault
fi
finish
