#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 10, what a copy tells without a key.
# Without PADDING: lengths in the vault tell what is in it
#
# Two vaults that differ in names and lengths only are the same to look at: the size of
# each file, of each row, and what is written in which order. And nothing of a profile
# is ever in the clear: not in a file, nor in any write of a command, whatever it goes to
# (database, journal, write-ahead log, temporary file).
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
command -v strace >/dev/null || die "strace is missing"
export ASAN_OPTIONS=detect_leaks=0 # a leak checker cannot work in a traced process
mkdir tmp
export TMPDIR=$t/tmp

# fill NAME SECRET HOST USER TAG OPTION...: a vault in the folder that XDG_*_HOME name.
fill() {
    sv --keyfile "$t/key" --quiet init --no-passphrase || die "init"
    export SMTPVAULT_KEYFILE=$t/key SMTPVAULT_NO_INPUT=1
    printf %s "$2" | sv -q add "$1" --host "$3" --port 465 --tls implicit --username "$4" \
        --tag "$5" --password-from stdin "${@:6}" || die "add $1"
    printf %s "x$2" | sv -q edit "$1" --password-from stdin || die "edit $1"
    sv -q rename "$1" "new-$1" || die "rename $1"
    sv get "new-$1" >"$t/got" || die "get $1"
    printf 'other-%s' "$2" | sv -q add "other-$1" --host "$3" --port 587 --tls starttls \
        --username "$4" --password-from stdin || die "add other-$1"
    sv -q remove --yes "other-$1" || die "remove other-$1"
}

# seen DATA STATE: what somebody with a copy can count.
seen() {
    local table key
    find "$1" "$2" -type f -printf '%f %s\n' | grep -v ' 0$' | LC_ALL=C sort
    for table in meta:k slot:k obj:id tree:n hist:seq; do
        key=${table#*:}
        table=${table%:*}
        # Ids and the places of tree nodes are random; how many and how long is not.
        sqlite3 "$1/smtpvault/vault.db" \
            "SELECT '$table', length(v) FROM $table ORDER BY length(v), $([[ $table == hist ]] && echo "$key" || echo 1)"
    done
    sqlite3 "$2"/smtpvault/*/audit.db "SELECT 'entry', length(v) FROM entry" \
        "SELECT 'gen', length(v) FROM gen" "SELECT 'head', length(v) FROM head ORDER BY 2"
}

# look SIDE NAME SECRET HOST USER TAG OPTION...: what is seen of such a vault, in SIDE.seen. Where
# rows fall is random, so tree nodes, and pages with them, are left out.
look() {
    local side=$1
    shift
    export XDG_DATA_HOME=$t/$side/data XDG_STATE_HOME=$t/$side/state
    rm -f key
    unset SMTPVAULT_KEYFILE SMTPVAULT_NO_INPUT
    fill "$@"
    for file in "$XDG_STATE_HOME"/smtpvault/*/audit.db; do
        sqlite3 "$file" 'PRAGMA wal_checkpoint(TRUNCATE)' >checkpoint
    done
    rm -f "$XDG_STATE_HOME"/smtpvault/*/audit.db-*
    seen "$XDG_DATA_HOME" "$XDG_STATE_HOME" | grep -v -e '^tree' -e '^vault.db ' >"$side.seen"
}

letters() { printf "%$1s" '' | tr ' ' "$2"; } # letters COUNT LETTER

# What is padded to 256 bytes, and what to 512.
for note in '' long; do
    rm -rf short long
    look short a pw"${note:+$(letters 290 s)}" h.ex u t ${note:+--note "$(letters 250 k)"}
    look long "$(letters 24 n)" "$(letters 120 S)${note:+$(letters 350 S)}" \
        "$(letters 20 l).example.org" "$(letters 20 u)" "$(letters 9 t)" \
        ${note:+--note "$(letters 280 k)"}
    expect [ -s short.seen ]
    diff short.seen long.seen >&2 || broken "lengths in the vault tell what is in it"
    ((checks++))
done

# ---- nothing in the clear, wherever it is written
export XDG_DATA_HOME=$t/clear/data XDG_STATE_HOME=$t/clear/state
export SMTPVAULT_KEYFILE=$t/clear.key SMTPVAULT_NO_INPUT=1
plain=(profile-Zx1-name host-zx2.example.org user-Zx3-name tag-zx4-word note-Zx5-text from-zx6@example.org
    secret-Zx7-one secret-Zx8-two new-Zx9-name)
traced() { # traced WORD...: what the program writes to anything but 1 and 2 has no plain word
    local word
    # shellcheck disable=SC2086 # words on purpose
    strace -f -qq -s 70000 -xx -e trace=write,pwrite64,pwritev,pwritev2,writev,sendto,sendmsg,mkdir,mkdirat,open,openat,rename,renameat,linkat,symlink,execve \
        -o trace $wrap "$program" "$@" >out 2>err || die "$* failed"
    grep -v 'write(1, \|write(2, \|execve(' trace >told
    for word in "${plain[@]}"; do
        ! grep -qF "$(printf %s "$word" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')" told ||
            broken "$word was written in the clear by $1"
    done
    ((checks++))
}
sv --keyfile "$SMTPVAULT_KEYFILE" --quiet init --no-passphrase || die init
printf %s secret-Zx7-one >in1
printf %s secret-Zx8-two >in2
traced add profile-Zx1-name --host host-zx2.example.org --port 465 --tls implicit \
    --username user-Zx3-name --from from-zx6@example.org --tag tag-zx4-word --note note-Zx5-text \
    --password-from "file:$t/in1"
traced edit profile-Zx1-name --password-from "file:$t/in2"
traced get profile-Zx1-name
expect_stdout 'secret-Zx8-two\n'
# The search sees what there is.
expect [ "$(grep -cF 'write(1, "\x73\x65\x63\x72\x65\x74\x2d\x5a\x78\x38' trace)" -eq 1 ]
traced show profile-Zx1-name --reveal
traced list
traced history profile-Zx1-name
traced rename profile-Zx1-name new-Zx9-name
traced rollback new-Zx9-name
traced audit
traced verify --full
traced remove --yes new-Zx9-name
for word in "${plain[@]}"; do
    found=$(grep -rlaF -- "$word" clear tmp || true)
    [[ -z $found ]] || broken "$word is in the clear in $found"
    ((checks++))
done
finish
