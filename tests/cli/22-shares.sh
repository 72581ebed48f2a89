#!/bin/bash
# SPDX-License-Identifier: ISC
# Recovery shares: made, mixed, mistyped, and what they are for.
decoder=$(cd "${0%/*}/../decoder" && pwd)
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-w

expect_status 77 unlock --recovery
expect_stderr_has "this vault has no recovery shares"
expect_status 64 unlock --check
expect_status 64 unlock --recovery --check --member x
for shares in 0/0 1/3 3 3/ /3 4/3 2/17 17/17 2/3/4 a/b -2/3 " 2/3"; do
    expect_status 64 member add recovery --recovery --shares="$shares" --print
done

# ---- never to what is no terminal, unless asked for
expect_status 75 member add recovery --recovery --shares 3/5
expect_stderr_has "this is no terminal to show them on"
expect_status 0 member list --json
expect_json '.[0].members | length == 1'
expect_status 0 member add recovery --recovery --shares 3/5 --print
expect [ "$(grep -c '^# share' out)" = 5 ]
expect_stderr_has "any 3 of the 5 shares open the vault"
awk -v RS= '{ print >("share" NR) }' out
mapfile -t -O "${#t_secrets[@]}" t_secrets < <(grep -v '#' out | grep .)
expect_status 0 status
expect_stdout_has "Opens with  key file, recovery shares"
expect_status 73 member add recovery --recovery --shares 2/2 --print
expect_status 0 member add second --recovery --shares 2/2 --print --json
expect_json '.[0] | .needed == 2 and (.shares | length == 2) and
    all(.shares[]; test("^([a-z]{5} ){21}[a-z]{5}$"))'
jq -r '.shares[0]' out >other1
jq -r '.shares[1]' out >other2
t_secrets+=("$(cat other1)" "$(cat other2)")

# ---- any three, in any order, as people write them
try() { # try FILE...: only whether they open the vault
    local from=()
    for file; do from+=(--share-from "file:$file"); done
    sv unlock --recovery --check "${from[@]}" >out 2>err
}
for set in "1 2 3" "5 3 1" "2 4 5" "4 1 2 3 5"; do
    # shellcheck disable=SC2086,SC2046
    try $(printf 'share%s ' $set) || die "shares $set"
    ((checks++))
done
tr 'a-z\n' 'A-Z-' <share2 | sed 's/^#[^-]*-//' >shouted
expect try share1 shouted share3
expect grep -q "nothing was changed" err

# ---- what is wrong, and with which
refuses() { # refuses STATUS WORDS FILE...
    local want=$1 words=$2 got=0
    shift 2
    try "$@" || got=$?
    ((checks++))
    [[ $got == "$want" ]] || die "status $got for $*"
    expect_stderr_has "$words"
    no_secret_in err
}
refuses 65 "3 shares" share1 share2
refuses 65 "2 were given: find one more" share1 share2
refuses 65 "shares 1 and 3 are the same one (number 2 of 5)" share2 share1 share2
refuses 65 "share 2 is of set" share1 other1 share3
word() { # word N FILE: another N-th word
    sed '/^#/d' "$2" | tr '\n' ' ' | awk -v n="$1" '{ $n = $n == "lusab" ? "lusad" : "lusab" } 1'
}
word 7 share2 >wrong7
word 22 share2 >wrong22
word 3 wrong7 >wrong37
refuses 65 "share 2: word 7 is mistyped" share1 wrong7 share3
refuses 65 "share 3: word 22 is mistyped" share1 share3 wrong22
refuses 65 "share 1: more than one word is mistyped" wrong37 share1 share3
sed 's/^d\(....\)/1\1/' share1 >digit
refuses 65 "share 1: word 1 is mistyped" digit share2 share3
sed '$d' share1 >shorter
refuses 65 "share 1: it has 20 words, and a share has 22" shorter share2 share3
cat share1 share2 >joined
refuses 65 "share 1: it has 44 words" joined share3
: >empty
refuses 65 "" share1 empty share3
refuses 66 "" share1 nowhere share3
head -c 10000000 /dev/zero | tr '\0' 'b' >long
refuses 65 "" share1 long share3
expect_status 75 unlock --recovery
expect_stderr_has "--share-from"

# ---- shares of another vault
"$program" --vault "$t/v2.db" --keyfile "$t/key2" -q init --no-passphrase || die "init"
"$program" --vault "$t/v2.db" --keyfile "$t/key2" -q member add r --recovery --shares 2/2 --print \
    >foreign 2>/dev/null || die "shares"
awk -v RS= '{ print >("foreign" NR) }' foreign
refuses 77 "the shares fit together, but do not open this vault" foreign1 foreign2

# ---- a program that knows only the manual finds the same
for id in state/smtpvault/*; do
    "$decoder/decode.py" --share share4 --share share2 --share share5 --state "$id" --reveal \
        "$vault" >decoded 2>/dev/null && break
done
expect grep -q s3cret-w decoded

# ---- a new key file for whoever lost theirs
rm key
unset SMTPVAULT_KEYFILE
threes=(--share-from file:share3 --share-from file:share5 --share-from file:share1)
expect_status 0 unlock --recovery "${threes[@]}" --new-keyfile key --no-passphrase
expect_stderr_has "owner now opens the vault with the new key file"
expect_mode 600 key
export SMTPVAULT_KEYFILE=$t/key
expect_status 0 get work
expect_stdout 's3cret-w\n'
expect_status 0 audit --via recovery --json
expect_json 'any(.op == "passphrase" and .note == "new way in for \"owner\"")'

# ---- or a new administrator; a reader's way is not replaced
expect_status 0 member add rita --role reader --new-keyfile rita.key --no-passphrase
expect_status 77 unlock --recovery "${threes[@]}" --member rita --new-keyfile x.key --no-passphrase
expect_stderr_has '"rita" is no administrator with a passphrase or key file'
expect_status 0 unlock --recovery "${threes[@]}" --member carla --new-keyfile carla.key --no-passphrase
expect_stderr_has "carla is a new administrator"
expect_status 0 --keyfile carla.key member list
expect_status 64 unlock --recovery "${threes[@]}" --new-keyfile x2.key --no-passphrase
expect_stderr_has "--member LABEL"
expect_absent x2.key

# ---- removed shares open nothing more
expect_status 0 member remove recovery --yes
refuses 77 "do not open this vault" share1 share2 share3
expect try other1 other2
expect_status 0 verify --full
finish
