#!/bin/bash
# SPDX-License-Identifier: ISC
# What a message quotes cannot talk to the terminal, wherever it came from.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
esc=$'\033[31m'

no_escape() {
    ((checks++))
    ! grep -q $'[\001-\010\013-\037\177]' err || die "a control character is in a message"
}

: >"$t/key$esc"
expect_status 65 --keyfile "$t/key$esc" list
expect_stderr_has 'key\x1b[31m'
no_escape
expect_status 66 --vault "$t/va$esc" list
no_escape
expect_status 64 get "wo$esc"
no_escape
expect_status 64 export work --to "f$esc"
no_escape

# ---- a folder of the environment
mkdir "$t/st$esc"
export XDG_STATE_HOME=$t/st$esc
expect_status 0 list
: >"$XDG_STATE_HOME"/smtpvault/*/seal
expect_status 0 list
rm "$XDG_STATE_HOME"/smtpvault/*/audit.db*
expect_status 65 list
expect_stderr_has 'accept-loss'
no_escape
finish
