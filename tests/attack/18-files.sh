#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 18, a symbolic link, a FIFO, a mode, a "file:" path.
# Without LINKS: a key was read through a link
# Without FILE_MODE: a vault that others can read was opened
# Without FILE_OWNER: what this machine remembers was read from another user's folder
# Without FOLDER_MODE: what this machine remembers was read where others can write
#
# Whatever stands where a file of ours should be: a clear status, and nothing is hurt.
# Owners are root's to give, so root begins; the rest is an ordinary user's, whom modes bind.
if [[ $(id -u) -eq 0 && -z ${T_USER-} ]]; then
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    chmod 755 "$place"
    # The build may lie where that user may not go.
    install -m 755 "${SMTPVAULT:?}" "$place/smtpvault"
    install -D -m 755 "${SMTPVAULT%/*}/libexec/smtpvault" "$place/libexec/smtpvault"
    export SMTPVAULT=$place/smtpvault T_USER=65534 T_FOREIGN=$place/foreign
    user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    # A folder for state in which another user can exchange what is ours.
    install -d -m 755 -o 65534 -g 65534 "$T_FOREIGN"
    user env XDG_STATE_HOME="$T_FOREIGN/state" "$SMTPVAULT" --vault "$T_FOREIGN/x.db" \
        --keyfile "$T_FOREIGN/key" --quiet init --no-passphrase 2>/dev/null
    chown 65533 "$T_FOREIGN/state/smtpvault"
    chmod 755 "$T_FOREIGN/state/smtpvault"
    user "$0" "$@"
    exit
fi
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x
cp "$vault" good.db
state=$(echo "$XDG_STATE_HOME"/smtpvault/*)

# refused STATUS TEXT WHAT: reading and writing, by the file $SMTPVAULT_FILE
refused() {
    local word got
    for word in "get work" "list --json" "remove work --yes" "status" "verify"; do
        got=0
        # shellcheck disable=SC2086 # words on purpose
        timeout 20 "$program" $word >out 2>err </dev/null || got=$?
        [[ $got -ne 0 ]] || broken "$3"
        [[ $got -eq $1 ]] || die "$word: status $got, not $1"
        [[ ! -s out ]] || broken "$3: something was printed"
        ((checks++))
    done
    "$program" get work >out 2>err
    expect_stderr_has "$2"
}

# ---- the vault
export SMTPVAULT_FILE=$t/x.db
refused 66 "smtpvault init" "a vault that is not there was opened"
expect_absent x.db
: >x.db
refused 65 "x.db" "an empty file was opened"
rm x.db
echo 'not a database, only words that go on for a while' >x.db
refused 65 "x.db" "words were opened"
head -c 20000 good.db >x.db
refused 65 "" "half a vault was opened"
head -c 40000 /dev/urandom >x.db
refused 65 "x.db" "noise was opened"
rm x.db
sqlite3 x.db 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
refused 65 "x.db" "another program's database was opened"
rm x.db
cp "$state/audit.db" x.db
refused 65 "not a smtpvault vault" "a log was opened as a vault"
rm -f x.db*
mkdir x.db
refused 65 "x.db" "a folder was opened"
expect_status 73 init --no-passphrase
rmdir x.db
ln -s good.db x.db
refused 77 "symbolic link" "a vault was opened through a link"
expect_status 73 init --no-passphrase
rm x.db
ln -s nowhere x.db
refused 77 "symbolic link" "a link to nowhere was opened"
expect_status 73 init --no-passphrase
expect_absent nowhere
rm x.db
mkfifo x.db
refused 65 "x.db" "a FIFO was opened"
expect_status 73 init --no-passphrase
rm x.db
for name in /dev/null /dev/zero /dev/full; do
    SMTPVAULT_FILE=$name refused 65 "$name" "a device was opened"
done
for name in /proc/self/mem /proc/self/fd/0 /proc/self/exe; do
    got=0
    timeout 20 "$program" --vault "$name" get work >out 2>err </dev/null || got=$?
    [[ $got -ge 64 && ! -s out ]] || broken "$name was opened as a vault"
done
# By its descriptor a vault is no file of ours: it has no place for a journal.
got=0
SMTPVAULT_FILE=/proc/self/fd/7 "$program" get work >out 2>err 7<good.db || got=$?
[[ $got -eq 77 && ! -s out ]] || broken "a vault was opened through a link of /proc (status $got)"

# ---- modes and owners
cp good.db x.db
for mode in 640 604 620 602 660 666 4666; do
    chmod "$mode" x.db
    refused 77 "chmod 600" "a vault that others can read was opened"
done
chmod 000 x.db
refused 77 "x.db" "a vault that nobody can read was opened"
rm -f x.db
if [[ -n ${T_FOREIGN-} ]]; then
    got=0
    XDG_STATE_HOME=$T_FOREIGN/state sv --vault "$T_FOREIGN/x.db" --keyfile "$T_FOREIGN/key" list \
        >out 2>err || got=$?
    [[ $got -ne 0 ]] || broken "what this machine remembers was read from another user's folder"
    expect [ $got -eq 77 ]
    expect_stderr_has "belongs to another user"
fi
unset SMTPVAULT_FILE

# ---- what this machine remembers
for folder in "$state" "$XDG_STATE_HOME/smtpvault"; do
    for mode in 770 702 777; do
        chmod "$mode" "$folder"
        refused 77 "chmod 700" "what this machine remembers was read where others can write"
    done
    chmod 700 "$folder"
done
for name in seal audit.db anchor lock write.lock anchor.lock; do
    for thing in "ln -s $t/good.db" mkfifo mkdir; do
        cp -a "$state" spare
        rm -rf "${state:?}/$name"*
        $thing "$state/$name" || die "$thing"
        before=$(cksum <good.db)
        timeout 20 "$program" edit work --port 999 >out 2>err </dev/null && [[ $thing != mkdir* ]] &&
            [[ $name != *lock ]] && [[ $name != seal ]] && broken "$thing in the place of $name was used"
        timeout 20 "$program" get work >out 2>err </dev/null
        [[ $? -ne 124 ]] || broken "$thing in the place of $name is waited for"
        [[ $(cksum <good.db) == "$before" ]] || broken "$name was written through a link"
        ((checks++))
        rm -rf "$state"
        mv spare "$state"
        cp good.db "$vault"
    done
done

# ---- files that are named: keys and passphrases
ln -s key link
got=0
"$program" --keyfile link get work >out 2>err || got=$?
[[ $got -ne 0 ]] || broken "a key was read through a link"
expect [ $got -eq 77 ]
mkfifo pipe
expect_status 65 --vault y.db --no-input --passphrase-from "file:$t/pipe" init "$cheap"
expect_status 65 --keyfile "$t/pipe" get work
expect_status 65 --vault y.db --no-input --passphrase-from "file:$t" init "$cheap"

# ---- paths that SQLite would take for something else
for name in 'file:x.db?mode=memory' 'file:///etc/passwd' ':memory:' 'a?b#c%41' "a'b\"c" ' x' '-x'; do
    [[ $name != file:///* ]] || mkdir -p file:///etc
    expect_status 0 --vault "$name" init --no-passphrase --quiet
    expect [ -f "$name" ]
    expect_status 0 --vault "$name" list
done
finish
