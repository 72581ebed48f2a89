#!/bin/bash
# SPDX-License-Identifier: ISC
# A full disk, for the log or for the vault: nothing is released without its entry,
# nothing is half changed, and when there is room again nobody has to repair anything.
# The mounts are seen by this script alone and go with it; where they are not allowed,
# limits on the size of files do the same work, and they are tried everywhere.
if [[ -z ${T_MOUNTS-} ]]; then
    export T_MOUNTS=none
    for how in "unshare -m" "unshare -rm"; do
        # shellcheck disable=SC2086 # words on purpose
        $how mount -t tmpfs none /mnt 2>/dev/null && T_MOUNTS=$how exec $how "$0"
    done
fi
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
new="--host h.example.org --port 465 --username ann --password-from file:$t/secret"
printf 'fresh-s3cret%02000d' 0 >secret # a row with a page of its own
t_secrets=(fresh-s3cret)

# may_get: get gives the secret, or nothing and 74, and says that the log is at fault.
# Sets got.
may_get() {
    got=0
    sv get work >"$t/out" 2>"$t/err" || got=$?
    ((checks++))
    case $got in
    0) expect_stdout 's3cret\n' ;;
    74)
        expect_stdout ''
        expect_stderr_has "audit log in $t/state"
        ;;
    *) die "get: status $got" ;;
    esac
    no_litter
}

# may_add NAME: add stores the login, or gives 74 and changes nothing, or 74 and says
# that only the end of the change is not on record. Sets got.
may_add() {
    got=0
    # shellcheck disable=SC2086 # words on purpose
    sv -q add "$1" $new >"$t/out" 2>"$t/err" || got=$?
    ((checks++))
    no_secret_in "$t/err"
    expect_stdout ''
    made=no
    [[ $got != 0 ]] || made=yes
    [[ $got == 0 || $got == 74 ]] || die "add: status $got"
    [[ $got == 0 ]] || grep -q '^smtpvault: ' "$t/err" || die "add: no message"
    ! grep -q 'the change was made' "$t/err" || made=yes
}

# sound NAME: there is room again. Nothing needs repair, each secret that came out is in
# the log (as may be one that was held back after its entry), and `add` told the truth.
released=0
sound() {
    expect_status 0 get work
    expect_stdout 's3cret\n'
    ((++released))
    expect_status 0 audit --op get --profile work --result ok --json
    expect [ "$(wc -l <"$t/out")" -ge $released ]
    if [[ $made == yes ]]; then
        expect_status 0 get -n "$1"
        expect cmp -s "$t/out" "$t/secret"
        expect_status 0 audit --op add --profile "$1"
        expect_stdout_has "$1"
        expect_status 0 remove "$1" --yes
    else
        expect_status 66 get "$1" host
    fi
    expect_status 0 verify --full
    expect_status 0 audit verify
}

# fill DIR [KIB]: leaves this much room on the file system of DIR.
fill() {
    rm -f "$1/ballast"
    dd if=/dev/zero of="$1/ballast" bs=1024 2>/dev/null
    truncate -s "-$((${2-0} * 1024))" "$1/ballast"
}

small() { # small FOLDER: a file system of its own, with what is in the folder
    mkdir -p "$1" "$t/aside"
    mv "$1"/* "$t/aside/" 2>/dev/null
    mount -t tmpfs -o size=3m,mode=700 none "$1" || die "mount $1"
    mv "$t/aside"/* "$1/" 2>/dev/null
    trap 'sv -q lock; umount "$t/state" "$t/data" 2>/dev/null; rm -rf "$t"' EXIT
}

t_vault
add_plain work s3cret

# ---- a limit on the size of files, whether its signal is ignored or not
limited() { # limited ignored|kill KIB WORD...
    (
        trap '' XFSZ
        [[ $1 != kill ]] || trap - XFSZ
        ulimit -f "$2"
        shift 2
        "$@"
        echo "$got ${made-}" >"$t/told"
    ) || exit 1
    read -r got made <"$t/told"
}
refused=0
signals=(ignored kill)
for ((kib = 1; kib < 90; kib++)); do
    limited "${signals[kib % 2]}" "$kib" may_get
    ((refused += got == 74, released += got == 0))
    limited "${signals[kib % 2]}" "$kib" may_add n
    ((refused += got == 74))
    sound n
done
expect [ $refused -gt 20 ]
limited kill 4096 may_add n
expect [ "$got" = 0 ]
sound n

if [[ $T_MOUNTS == none ]]; then
    finish
    exit
fi

# ---- no room for the log: of a process of its own, and of an agent that has it open
small state
for room in 0 4 8 16 32 64 agent 0 4 8 16 32 64; do
    if [[ $room == agent ]]; then
        expect_status 0 -q unlock
        continue
    fi
    fill state $room
    for ((i = 0; i < 1000; i++)); do
        may_get
        [[ $got == 0 ]] || break
        ((++released))
    done
    expect [ "$got" = 74 ]
    for words in "get work" "get work --json" "show work --reveal" "exec work -- touch ran" \
        "export work --to msmtp --inline" "edit work --port 1" "remove --yes work"; do
        # shellcheck disable=SC2086 # words on purpose
        expect_status 74 $words
        expect_stderr_has "audit log in $t/state"
        expect_stderr_has "disk is full"
    done
    expect_absent ran
    may_add n
    expect [ "$got" = 74 ]
    rm state/ballast
    sound n
done

expect_status 0 -q lock

# ---- no room for the vault
small data
refused=0
for ((room = 0; room < 80; room += 4)); do
    fill data $room
    before=$(sha256sum <"$vault")
    may_add n
    if [[ $made == no ]]; then
        ((++refused))
        expect_stderr_has "$vault"
        expect [ "$(sha256sum <"$vault")" = "$before" ]
    fi
    expect_status 0 get work # the log has room
    ((++released))
    expect_status 0 list
    rm data/ballast
    sound n
done
expect [ $refused -gt 1 ]
expect [ $refused -lt 20 ]

# ---- no room for a new vault, for a file that is asked for
fill data
expect_status 74 --vault data/new.db --keyfile key init --no-passphrase
expect_status 74 export work --to json --inline -o data/login.json
expect_absent data/new.db
expect_absent data/login.json
expect_status 74 --vault two.db --keyfile data/newkey init --no-passphrase
expect_absent data/newkey
expect_absent two.db
rm data/ballast
expect [ "$(find data state -type f | grep -cvE '/(vault.db|audit.db(-wal|-shm)?|seal|anchor|anchor.lock|write.lock|lock|locked-[0-9a-f]+|written|written.lock)$')" = 0 ]
expect [ "$(find state/smtpvault -mindepth 1 -type d | wc -l)" = 1 ]
fill state
expect_status 74 --vault data/new.db --keyfile key init --no-passphrase
expect_absent data/new.db
expect [ "$(find state/smtpvault -mindepth 1 -type d | wc -l)" = 1 ]
rm state/ballast

# ---- no room for another way in: the old one stays
printf 'the old one' >old
printf 'the new one' >new
t_secrets+=("the old one" "the new one")
export SMTPVAULT_FILE=$t/data/p.db SMTPVAULT_PASSPHRASE_FROM=file:$t/old
unset SMTPVAULT_KEYFILE
expect_status 0 init $cheap
fill data
expect_status 74 passphrase --new-passphrase-from file:new $cheap
rm data/ballast
expect_status 0 verify --full
expect_status 77 list --passphrase-from file:new
fill state
expect_status 74 passphrase --new-passphrase-from file:new $cheap
rm state/ballast
expect_status 0 list
finish
