#!/bin/sh
# SPDX-License-Identifier: ISC
# faults.sh: starts the server that fails as asked (fault_server.py). To be sourced.
#
#   faults_start        FAULTS: the folder with certificates, logs and ports; FAULTS_SERVER
#                       is fault_server.py unless it is set, to session_server.py
#   faults_port NAME    the port of that scenario
#   faults_stop         ends the server and removes the folder
set -eu
LIB=$(dirname "$0")/lib
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
# A shell that dies of a signal runs no EXIT trap, and would leave servers behind.
trap 'exit 1' HUP INT TERM PIPE
FAULTS=
FAULTS_PID=

faults_start() {
    FAULTS=$(mktemp -d /tmp/smtpvault-faults.XXXXXX)
    certs_make "$FAULTS"
    : >"$FAULTS/ports"
    python3 -W ignore "$LIB/${FAULTS_SERVER-fault_server.py}" "$FAULTS" >"$FAULTS/ports" &
    FAULTS_PID=$!
    tries=0
    until grep -q '^ready$' "$FAULTS/ports"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || return 1
        sleep 0.05
    done
}

faults_port() {
    sed -n "s/^$1 //p" "$FAULTS/ports"
}

faults_stop() {
    if [ -n "$FAULTS_PID" ]; then
        kill "$FAULTS_PID" 2>/dev/null || true
        wait "$FAULTS_PID" 2>/dev/null || true
    fi
    [ -z "$FAULTS" ] || rm -rf "$FAULTS"
    FAULTS_PID='' FAULTS=''
}
