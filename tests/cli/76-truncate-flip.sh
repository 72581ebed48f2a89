#!/bin/bash
# SPDX-License-Identifier: ISC
# A damaged vault: the right answer or none at all, a status and a sentence that helps,
# and no damage made good by a later change. Every byte of a vault is tests/attack/01-flip.c,
# other things in its place are 18-files.sh there; here is the program's work.
# A mount is seen by this script alone and goes with it.
if [[ -z ${T_MOUNTS-} && $(id -u) -eq 0 ]]; then
    unshare -m true 2>/dev/null && T_MOUNTS=yes exec unshare -m "$0"
fi
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
step=199
[[ $program != *-asan/* ]] || step=1999 # it starts slowly
t_vault
add_plain work s3cret
add_plain shop other-s3cret
printf third-s3cret | sv -q edit work --password-from - --port 466 || die edit
t_secrets+=(third-s3cret)
echo third-s3cret >want.get
printf 'shop\nwork\n' >want.list
sv show work --json >out || die show
sed 's/,"last_used":.*//' out >want.show
: >want.verify
cp "$vault" whole
mkdir spare
cp -r state spare/
size=$(stat -c %s whole)
mapfile -t bytes < <(od -An -v -tu1 -w1 whole)
[[ ${#bytes[@]} -eq $size ]] || die "od"

# again: the vault and what this machine remembers of it, as they were. (A command that
# changes nothing leaves the latter good for the next.)
again() {
    rm -rf state "$vault"*
    cp -r spare/state .
    cp whole "$vault"
}

# judge WHAT VERB WORD...: runs it; what it printed is right, or nothing. Sets got.
judge() {
    local what=$1 verb=$2
    shift 2
    got=0
    # shellcheck disable=SC2086 # words on purpose
    timeout 30 $wrap "$program" "$verb" "$@" >out 2>err </dev/null || got=$?
    ((checks++))
    ! grep -qaF -e s3cret err || die "$what: $verb told a secret"
    [[ $verb != show ]] || sed -i 's/,"last_used":.*//' out
    case $got in
    0) [[ $verb == add ]] || cmp -s "want.$verb" out || die "$what: $verb gave another answer" ;;
    1) [[ $verb == verify && -s out ]] || die "$what: $verb gave 1" ;;
    65)
        [[ ! -s out ]] || die "$what: $verb printed something"
        grep -qE '^smtpvault: .*(damaged|altered|not a smtpvault|missing)' err ||
            die "$what: $verb said no clear word"
        ;;
    *) die "$what: $verb gave $got" ;;
    esac
}

# damaged WHAT: the vault is damaged; what each command makes of it. Sets sound.
damaged() {
    judge "$1" get work && local get=$got
    local list=$get
    ((++listed % 2)) || { judge "$1" list && list=$got; }
    judge "$1" verify
    sound=$got
    [[ $sound != 0 || $get$list == 00 ]] || die "$1: verify found nothing, get $get, list $list"
    ((count["$sound"] += 1))
}

# changed WHAT: what a change of the damaged vault leaves is no sounder than it was.
changed() {
    local before=$sound
    judge "$1" show work --json
    judge "$1" add fresh --host h.example.org --port 465 --username ann --password-from file:key
    [[ $got == 0 ]] || return 0
    judge "$1, add" verify # its findings may be others
    [[ $got == "$before" ]] || die "$1: verify gave $before, after an add $got"
    again
}

# ---- cut off at each KiB, and within the first
declare -A count=()
listed=0
for ((at = 0; at < size; at += at < 1024 ? 128 : 1024)); do
    cp whole "$vault"
    truncate -s "$at" "$vault"
    damaged "cut at $at"
    # SQLite takes what a last page lacks for zeros, and here and there it was zeros.
    [[ $sound != 0 || $(tail -c "+$((at + 1))" whole | tr -d '\0' | wc -c) == 0 ]] ||
        die "cut at $at: verify found nothing"
    changed "cut at $at"
done

# ---- one bit here and there
count=()
turn=0
for ((at = 0; at < size; at += step)); do
    for mask in 1 128; do
        cp whole "$vault"
        printf '%b' "\\x$(printf %x $((bytes[at] ^ mask)))" |
            dd of="$vault" bs=1 seek="$at" conv=notrunc status=none
        damaged "byte $at with mask $mask"
        ((++turn % 5)) || changed "byte $at with mask $mask"
    done
done
for status in 0 1 65; do
    expect [ "${count[$status]-0}" -gt 0 ] # each was met
done

# ---- the copy put back
again
expect_status 0 get work
expect_stdout 'third-s3cret\n'
expect_status 0 verify
expect_status 0 audit verify

# ---- what this machine remembers of it, damaged: nothing is released
memory=$(echo state/smtpvault/*)
refused() { # refused FILE TEXT: get gives 65
    expect_status 65 get work
    expect_stderr_has "$2"
    expect_status 65 add fresh --host h.example.org --port 465 --username ann --password-from file:key
    again
    expect_status 0 get work
}
for at in 0 1 9 33 100 160 192; do
    truncate -s "$at" "$memory/anchor"
    refused anchor "remembers the newest state of the vault on this machine, is damaged"
    byte=$(od -An -tu1 -j "$at" -N 1 "$memory/anchor")
    printf '%b' "\\x$(printf %x $((byte ^ 64)))" |
        dd of="$memory/anchor" bs=1 seek="$at" conv=notrunc status=none
    refused anchor "is damaged"
done
rm "$memory/audit.db-wal" "$memory/audit.db"
refused audit.db "audit resume --accept-loss"
truncate -s 0 "$memory/audit.db"
rm "$memory/audit.db-wal"
refused audit.db "audit resume --accept-loss"
rm "$memory/seal" # the log goes on with another, and tells
expect_status 0 get work
expect_status 1 audit verify
expect_stdout_has "its seal was lost or deleted"

# ---- a read-only file system
if [[ -n ${T_MOUNTS-} ]] && mount --bind data data; then
    trap 'umount "$t/data"; rm -rf "$t"' EXIT
    mount -o remount,bind,ro data || die "remount"
    expect_status 0 get work
    expect_stdout 'third-s3cret\n'
    expect_status 0 list
    expect_status 0 verify
    expect_status 74 edit work --port 1
    expect_stderr_has "read-only"
    mount -o remount,bind,rw data || die "remount"
    expect_status 0 edit work --port 468
fi
finish
