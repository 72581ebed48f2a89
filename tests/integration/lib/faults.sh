#!/bin/sh
# SPDX-License-Identifier: ISC
# faults.sh: starts the server that fails as asked (fault_server.py). To be sourced; it
# sources work.sh.
#
#   faults_start        FAULTS: the folder with certificates, logs and ports; FAULTS_SERVER
#                       is fault_server.py unless it is set, to session_server.py
#   faults_port NAME    the port of that scenario
#   faults_stop         ends the server and removes the folder
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
FAULTS=
FAULTS_PID=

faults_start() {
    FAULTS=$(mktemp -d /tmp/smtpvault-faults.XXXXXX)
    certs_make "$FAULTS"
    : >"$FAULTS/ports"
    python3 -W ignore "$LIB/${FAULTS_SERVER-fault_server.py}" "$FAULTS" >"$FAULTS/ports" &
    FAULTS_PID=$!
    wait_for grep '^ready$' "$FAULTS/ports"
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
