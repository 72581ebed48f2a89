#!/bin/sh
# SPDX-License-Identifier: ISC
# Servers that break the rules behind the TLS handshake: what they say is not believed, they
# are not waited for, and what must not leave does not. All are asked side by side.
set -eu
# shellcheck source=tests/integration/lib/faults.sh
. "$(dirname "$0")/lib/faults.sh"
: "${BUILD:?the folder of the build}"
trap faults_stop EXIT
FAULTS_SERVER=session_server.py
faults_start
secret='hunter2-and-more'
printf '%s\n' "$secret" >"$FAULTS/secret"
head -c 6000 /dev/zero | tr '\0' 's' >"$FAULTS/long"
printf 'remembered-%s\n' "$$" >"$FAULTS/remembered-secret"
given=$FAULTS/secret
asked=

# ask NAME SCENARIO [OPTION]...: begins a test, its result will be in $FAULTS/NAME.result.
ask() {
    name=$1 port=$(faults_port "$2")
    shift 2
    "$BUILD/integration/probe_driver" "$BUILD/libexec/smtpvault-net" localhost "$port" implicit \
        user@example.test "ca=$FAULTS/ca.pem" total=2500 "$@" <"$given" \
        >"$FAULTS/$name.result" 2>&1 &
    asked="$asked $!"
}

field() {
    sed -n "s/^$2 //p" "$FAULTS/$1.result"
}

# told NAME MEMBER VALUE
told() {
    if [ "$(field "$1" "$2")" = "$3" ]; then ok "$1: $2 $3"; else not_ok "$1: $2 $3" "$FAULTS/$1.result"; fi
}

# expect NAME VERDICT PHASE [WORDS-OF-THE-CAUSE]
expect() {
    if [ "$(field "$1" verdict)" = "$2" ] && [ "$(field "$1" phase)" = "$3" ] &&
        { [ -z "${4-}" ] || field "$1" cause | grep -qF -e "$4"; }; then
        ok "$1: $2 at $3"
    else
        not_ok "$1: $2 at $3${4:+, because $4}" "$FAULTS/$1.result"
    fi
}

# said SCENARIO PATTERN / unsaid SCENARIO PATTERN: what reached the server.
said() {
    if grep -q -e "$2" "$FAULTS/$1.log"; then ok "$1 heard $2"; else not_ok "$1 heard $2" "$FAULTS/$1.result"; fi
}
unsaid() {
    if grep -q -e "$2" "$FAULTS/$1.log"; then not_ok "$1 never heard $2" "$FAULTS/$1.result"; else ok "$1 never heard $2"; fi
}

long64=c3Nzc3Nzc3Nz # of $FAULTS/long, wherever it begins: in that, each three bytes are alike
secret64=$(printf '%s' "$secret" | base64 -w0)

for name in greets-with-235 greeting-without-end lines-without-end ten-megabytes \
    answer-without-end drip binary escapes two-codes early-yes later-yes unasked-yes times-out asks-for-ever \
    external drops sender-refused recipient-refused; do
    case $name in
    sender-refused) ask $name $name from=shop@example.test ;;
    recipient-refused) ask $name $name send=you@example.test ;;
    unasked-yes | times-out) ask $name $name gate=slow ;;
    *) ask $name $name ;;
    esac
done
for name in scram scram-unproved scram-skipped; do
    ask $name $name auth=AUTH=SCRAM-SHA-256
done
ask challenge-is-none challenge-is-none auth=AUTH=CRAM-MD5
ask closed works gate=closed
ask sends works send=you@example.test
ask external-wanted external auth=AUTH=EXTERNAL
given=$FAULTS/long
ask long drops
for name in bare-yes bare-go-on bare-asks; do
    ask $name $name bearer=1
done
begun=$(date +%s)
for pid in $asked; do
    wait "$pid" || true
done
ended=$(date +%s)
given=$FAULTS/remembered-secret # a search through memory, which the others would slow down
: >"$FAULTS/found"
for _ in 1 2 3; do # until it lives as long as the search
    ask remembers remembers
    wait "$!" || true
    if grep -q found "$FAULTS/found"; then break; fi
done

expect greets-with-235 greeting-rejected greeting
unsaid greets-with-235 AUTH
for name in greeting-without-end lines-without-end; do
    expect $name protocol-error greeting 'more than any reply'
done
for name in ten-megabytes answer-without-end; do
    expect $name protocol-error auth 'more than any reply'
done
expect drip timeout auth
expect binary protocol-error auth 'no reply'
expect escapes wrong-secret auth
told escapes text '5.7.8 \x1b]0;owned\x07\x1b[2Jno \xe9'
expect two-codes protocol-error auth 'changes its code'
expect early-yes protocol-error auth 'before it was asked'
unsaid early-yes "$secret64"
expect later-yes protocol-error auth 'before it was asked'
unsaid later-yes "$secret64"
for name in bare-yes bare-go-on; do
    expect $name protocol-error auth 'before it was asked'
    said $name '^AUTH XOAUTH2.$'
    unsaid $name "$long64"
done
expect bare-asks ok 'done'
said bare-asks "$long64"
expect unasked-yes protocol-error greeting 'before it was asked'
unsaid unasked-yes AUTH
expect times-out busy greeting
expect asks-for-ever protocol-error auth 'rules of the login'
said asks-for-ever '^\*'
expect challenge-is-none protocol-error auth 'rules of the login'
expect drops protocol-error auth
for name in external external-wanted; do
    expect $name mechanism-unsupported auth
done
unsaid external AUTH

expect scram ok 'done'
told scram mechanism SCRAM-SHA-256
unsaid scram "$secret64"
expect scram-unproved protocol-error auth 'prove'
expect scram-skipped protocol-error auth 'before it was asked'

expect closed downgraded auth
told closed mechanisms 'PLAIN LOGIN'
told closed names 'localhost 127.0.0.1'
told closed capabilities 'SIZE 1000; AUTH PLAIN LOGIN'
expect sends ok 'done'
said works '^QUIT'
expect sender-refused sender-not-allowed sender
expect recipient-refused sender-not-allowed send
told sender-refused code 553
said drops '^AUTH PLAIN.$' # longer than a command may be: with the challenge
if [ $((ended - begun)) -le 8 ]; then ok "none is waited for"; else not_ok "none is waited for" "$FAULTS/drip.result"; fi
expect remembers wrong-secret auth
told remembers text "(withheld: the server's answer repeats the secret)"
if grep -q '^found 0$' "$FAULTS/found"; then
    ok "the secret is nowhere in the helper's memory when it says goodbye"
else
    cp "$FAULTS/found" "$FAULTS/remembers.result"
    not_ok "the secret is nowhere in the helper's memory when it says goodbye" "$FAULTS/remembers.result"
fi
all_ok
