#!/bin/sh
# SPDX-License-Identifier: ISC
# smtpvault-net itself, taken at the moment when it holds a secret and a server lets it wait:
# system calls made within it, as an intruder's code would make them, reach neither the vault
# nor another server. And the order of things: the prison is closed before the secret comes.
# tests/attack/24-prison.c tries more, in a prison of its own. As root, which may trace it.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
: "${BUILD:?the folder of the build}"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
SERVER='' TEST=''
leave() {
    for pid in $TEST $SERVER; do kill "$pid" 2>/dev/null || true; done
    work_end
}
trap leave EXIT
work_begin
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
other=$(free_port)
certs_make certs
python3 -W ignore "$LIB/port_server.py" certs "127.0.0.1,$port,held" "127.0.0.1,$other,open" >ready &
SERVER=$!
wait_for grep -q ready ready
smtpvault --quiet init --no-passphrase
echo a-secret-that-stays >secret
smtpvault --quiet add held --host localhost --port "$port" --tls implicit --username ann --auth plain \
    --password-from file:secret
vault=$(find .local/share -name 'vault*' -type f | head -1)
vault=$WORK/$vault

strace -f -qqq -o calls -s 16 -e trace=seccomp,landlock_restrict_self,read,sendto,write \
    smtpvault test held --timeout 60 --ca-file "$WORK/certs/ca.pem" >out 2>err &
TEST=$!
wait_for grep -q '^AUTH' certs/heard || {
    echo "not ok the helper came to the login"
    cat out err
    exit 1
}

# ---- the order: the second filter, then the frame with the secret
order() {
    pid=$(sed -n 's/^\([0-9]*\)  *landlock_restrict_self(.*/\1/p' calls)
    grep "^$pid " calls >helper-calls
    grep -nE 'seccomp\(SECCOMP_SET|landlock_restrict_self\(|"SVN1' helper-calls
    at() { # at first|last PATTERN
        grep -nE "$2" helper-calls | if [ "$1" = first ]; then head -1; else tail -1; fi | cut -d: -f1
    }
    asked=$(at first 'read.*"SVN1')
    entered=$(at first 'landlock_restrict_self\(')
    closed=$(at last 'seccomp\(SECCOMP_SET_MODE_FILTER')
    given=$(at last 'read.*"SVN1')
    echo "asked $asked, entered $entered, closed $closed, given $given"
    [ "$asked" -lt "$entered" ] && [ "$entered" -lt "$closed" ] && [ "$closed" -lt "$given" ]
}
check "the prison is closed before the secret comes" order
kill "$(pgrep -P "$TEST" -x smtpvault)" # strace ends with what it traces
wait "$TEST" 2>/dev/null || true

# ---- the same again: there can be one tracer only
: >certs/heard
smtpvault test held --timeout 60 --ca-file "$WORK/certs/ca.pem" >out 2>err &
TEST=$!
wait_for grep -q '^AUTH' certs/heard
helper=$(pgrep -P "$TEST" -x smtpvault-net)
status() {
    cat "/proc/$helper/status"
    grep -qx 'NoNewPrivs:.1' "/proc/$helper/status" && grep -qx 'Seccomp:.2' "/proc/$helper/status" &&
        grep -qx 'Seccomp_filters:.2' "/proc/$helper/status"
}
check "two filters hold the helper" status
descriptors() { # /dev/null three times or the caller's stderr, the link, one session
    ls -l "/proc/$helper/fd"
    [ "$(find "/proc/$helper/fd" -lname '/*' ! -lname /dev/null ! -lname "$WORK/err" | wc -l)" -eq 0 ]
}
check "no file is open in it" descriptors
# Loopback and the other server's port, as connect(2) wants them.
away=$(printf '0200%04x7f0000010000000000000000' "$other")
within() { # within WANTED CALL...: answers of calls made in the helper
    wanted=$1
    shift
    got=$("$BUILD/integration/intruder" "$helper" "$@" | tr '\n' ' ')
    echo "answers: $got"
    [ "$got" = "$wanted" ]
}
EPERM=-1
check "calls can be made within it (getpid)" within "$helper " 39
check "the vault is not opened" within "$EPERM $EPERM " "257,-100,@$vault,0" "2,@$vault,0"
check "nor any file" within "$EPERM " 257,-100,@/etc/hosts,0
check "no socket is made: TCP, UDP, IPv6, the agent's" within "$EPERM $EPERM $EPERM $EPERM " \
    41,2,1,0 41,2,2,0 41,10,1,0 41,1,1,0
check "none of its descriptors is connected elsewhere" within "$EPERM $EPERM $EPERM $EPERM " \
    "42,3,%$away,16" "42,4,%$away,16" "42,5,%$away,16" "42,6,%$away,16"
check "nothing is sent to another address" within "$EPERM $EPERM $EPERM $EPERM " \
    "44,3,@x,1,0,%$away,16" "44,4,@x,1,0,%$away,16" "44,5,@x,1,0,%$away,16" "44,6,@x,1,0,%$away,16"
check "no program, process or thread is started" within "$EPERM $EPERM $EPERM $EPERM " \
    59,@/bin/true,0,0 57 56,0,0,0,0,0 435,0,0
check "no other process is touched" within "$EPERM $EPERM " "62,$SERVER,0" "101,16,$SERVER"
check "nor signalled by the kernel for it" within "$EPERM $EPERM $EPERM " "72,3,8,$SERVER" 72,3,10,15 \
    72,3,4,8192 # F_SETOWN, F_SETSIG, O_ASYNC
check "no code is made" within "$EPERM " 9,0,4096,5,34,-1,0
kill "$TEST"
wait "$TEST" 2>/dev/null || true
TEST=
all_ok
