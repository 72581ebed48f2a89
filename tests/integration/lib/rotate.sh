#!/bin/sh
# SPDX-License-Identifier: ISC
# rotate.sh: what the tests of rotations on real servers have in common. To be sourced.

# rotates STATUS WORD...: smtpvault rotate ends so; out and err are what it wrote
rotates() {
    status=0
    wanted=$1
    shift
    smtpvault rotate "$@" >out 2>err || status=$?
    cat out err
    [ "$status" -eq "$wanted" ] || {
        echo "status $status"
        return 1
    }
}

# says TEXT: the last one did, on standard error
says() {
    cat out err
    grep -qF -e "$1" err
}
