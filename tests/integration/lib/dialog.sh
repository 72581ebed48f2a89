#!/bin/sh
# SPDX-License-Identifier: ISC
# dialog.sh: a person at a terminal. To be sourced.
#
#   dialog STATUS WORD...   runs smtpvault WORD..., and the lines of standard input are the
#                           dialog: "QUESTION | ANSWER" as dialog.exp has them, or what is to be
#                           seen alone. $WORK/screen is what was shown
#   talk STATUS PROGRAM WORD...   the same with any program
DIALOG=$(cd "$(dirname "$0")/lib" && pwd)/dialog.exp

dialog() {
    status=$1
    shift
    talk "$status" smtpvault "$@"
}

talk() {
    sed 's/ | /\t/' >"$WORK/lines"
    expect -f "$DIALOG" "$WORK/lines" "$@" >"$WORK/screen" 2>&1 || {
        cat "$WORK/screen"
        return 1
    }
}
