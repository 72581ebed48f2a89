#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 22, what is left of a passphrase that failed, outside of the process.
#
# Its bytes are in no file and in no write, not in the log, and no program that is started
# finds them around itself: they are read from where they were handed over, and that is all.
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
command -v strace >/dev/null || die "strace is missing"
export ASAN_OPTIONS=detect_leaks=0 # a leak checker cannot work in a traced process
pass=passphrase-Wn1-right wrong=passphrase-Wn1-wrong
t_secrets+=("$pass" "$wrong")
mkdir tmp
export TMPDIR=$t/tmp
sv --no-input --passphrase-from fd:9 init "$cheap" 9<<<"$pass" 2>err || die init
printf s3cret-Wn2 | sv -q --no-input --passphrase-from fd:9 add work --host h.example.org --port 465 \
    --tls implicit --username u --password-from stdin 9<<<"$pass" 2>err || die add

# nowhere WHAT: in no file, and in no call but the read that took it.
nowhere() {
    local found
    grep -F -e "$wrong" trace | grep -v 'read(\|read resumed' >told
    [[ ! -s told ]] || broken "a passphrase that failed was handed on by $1"
    found=$(grep -rlaF --exclude=trace --exclude=source -- "${wrong%-*}-w" "$t" || true)
    [[ -z $found ]] || broken "a passphrase that failed stays in $found after $1"
    ((checks++))
}
# fails WORD...: with the wrong passphrase, traced.
fails() {
    local got=0
    # shellcheck disable=SC2086 # words on purpose
    strace -f -qq -s 4096 -v -o trace $wrap "$program" --no-input "$@" >out 2>err 9< <(echo "$wrong") || got=$?
    [[ $got -eq 77 && ! -s out ]] || die "$*: status $got"
    nowhere "$*"
}
fails --passphrase-from fd:9 get work
fails --passphrase-from fd:9 list
fails --passphrase-from fd:9 export work --to msmtp --inline -o exported
fails --passphrase-from fd:9 exec work -- env
expect_absent exported
fails --passphrase-from fd:9 passphrase --new-passphrase-from fd:9
printf '#!/bin/sh\ncat "%s"\n' "$t/source" >ask
chmod +x ask
echo "$wrong" >source
chmod 600 source
got=0
strace -f -qq -s 4096 -v -o trace "$program" --no-input --passphrase-from "cmd:$t/ask" get work >out 2>err || got=$?
expect [ $got -eq 77 ]
grep -F -e "$wrong" trace | grep -v 'read(\|read resumed\|write(1, ' >told # its own read and write, of cat
[[ ! -s told ]] || broken "a passphrase that failed was handed on: $(cut -c1-200 told)"
rm source

# The log has the attempts, and nothing of what was tried.
sv --no-input --passphrase-from fd:9 audit --json >entries 9<<<"$pass" 2>err || die audit
expect [ "$(jq -s '[.[] | select(.result == "denied")] | length' entries)" -ge 6 ]
! grep -qF -e "${wrong%-*}" entries || broken "the log tells of a passphrase that failed"
finish
