#!/bin/sh
# SPDX-License-Identifier: ISC
# lib: what the tests inside the lab share. To be sourced.
#
#   check NAME COMMAND...   "ok NAME" when the command succeeds, else "not ok NAME" with
#                           what it wrote, and what the journal has of the last minute
#   not COMMAND...          the other way round
#   within SECONDS COMMAND...   succeeds once the command does
#   unit NAME               standard input becomes that unit of the system manager
#   all_ok                  the last line of a test
set -eu
: "${SMTPVAULT:?the program under test}" "${BUILD:?the folder of the build}"
failed=0
W=$(mktemp -d /root/smtpvault-systemd.XXXXXX)
trap 'rm -rf "$W"' EXIT
cd "$W"

check() {
    name=$1
    shift
    if "$@" >"$W/said" 2>&1; then
        echo "ok $name"
    else
        failed=1
        echo "not ok $name"
        sed 's/^/  /' "$W/said"
        journalctl --no-pager --output=short-precise --since=-1min --lines=40 | sed 's/^/  | /'
    fi
}

not() {
    ! "$@"
}

within() {
    until_s=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -le "$until_s" ] || return 1
        sleep 0.05
    done
}

unit() {
    cat >"/etc/systemd/system/$1"
    systemctl daemon-reload
}

all_ok() {
    [ "$failed" -eq 0 ]
}
