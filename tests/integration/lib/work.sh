#!/bin/sh
# SPDX-License-Identifier: ISC
# work.sh: what the tests on loopback have in common: a folder of their own, checks, and
# waiting. To be sourced.
#
#   work_begin           WORK: a fresh folder, which is HOME and the present one; smtpvault is
#                        in PATH, opens a vault of that folder with its key file, and asks nobody
#   work_end             removes the folder, for the trap
#   ok NAME              a check that succeeded
#   not_ok NAME [FILE]   one that did not, with what is in the file
#   check NAME COMMAND...    whichever the command makes it, with what it wrote; a test may
#                        define work_failed, which shows more
#   all_ok               the last line of a test: whether every check was
#   wait_for COMMAND...  until it succeeds; status 1 when it has not within ten seconds
set -eu
# A shell that dies of a signal runs no EXIT trap, and would leave servers behind.
trap 'exit 1' HUP INT TERM PIPE
WORK=
failed=0
count=0

work_begin() {
    : "${SMTPVAULT:?the program under test}"
    WORK=$(mktemp -d "/tmp/smtpvault-$(basename "$0" .sh).XXXXXX")
    mkdir -m 700 "$WORK/run"
    export HOME="$WORK" XDG_CONFIG_HOME="$WORK/.config" XDG_DATA_HOME="$WORK/.local/share" \
        XDG_STATE_HOME="$WORK/.local/state" XDG_RUNTIME_DIR="$WORK/run" LC_ALL=C.UTF-8 NO_COLOR=1
    # A vault that its key file opens, as for jobs with nobody at the keyboard.
    export SMTPVAULT_KEYFILE="$WORK/key" SMTPVAULT_NO_INPUT=1
    PATH=$(dirname "$SMTPVAULT"):$PATH
    export PATH
    umask 077
    cd "$WORK"
}

work_end() {
    cd /
    [ -z "$WORK" ] || rm -rf "$WORK"
    WORK=''
}

work_failed() {
    :
}

ok() {
    count=$((count + 1))
    echo "ok $count $1"
}

not_ok() {
    count=$((count + 1))
    failed=1
    echo "not ok $count $1"
    [ -z "${2-}" ] || sed 's/^/  /' "$2"
}

check() {
    title=$1
    shift
    if "$@" >"$WORK/said" 2>&1; then
        ok "$title"
    else
        not_ok "$title" "$WORK/said"
        work_failed
    fi
}

all_ok() {
    [ "$failed" -eq 0 ]
}

wait_for() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || return 1
        sleep 0.05
    done
}
