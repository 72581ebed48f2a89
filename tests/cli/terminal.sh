# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# terminal: a real terminal to type into, for scenarios that have sourced lib.sh.
# Nothing waits for a time: each step waits for what it wants to see.

_terminals=0
_tmux() {
    # shellcheck disable=SC2154 # of lib.sh
    tmux -S "$t/terminal.$_terminals" -f /dev/null "$@"
}
# What ran in the terminal may still be writing while it ends.
trap '_tmux kill-server 2>/dev/null
    for _ in 1 2 3 4 5; do rm -rf "$t" 2>/dev/null && break; sleep 0.1; done' EXIT

# t_open COMMAND: starts a shell command in a new terminal.
t_open() {
    _tmux kill-server 2>/dev/null
    ((++_terminals)) # the old one may still be closing its socket
    _tmux new-session -d -x 100 -y 40 "env TERM=screen $1; echo ended with \$?; sleep 1000" ||
        die "tmux does not start"
}
# t_type TEXT: as typed, without Enter. t_key KEY...: Enter, Tab, C-c ...
t_type() {
    _tmux send-keys -l -- "$1"
}
t_key() {
    _tmux send-keys "$@"
}
t_screen() {
    _tmux capture-pane -p | sed 's/ *$//' | grep .
}
# t_see TEXT: waits until the screen has it. t_see_last TEXT: until its last line that
# is not empty is exactly that.
t_see() {
    ((checks++))
    for _ in $(seq 200); do
        t_screen >"$t/out"
        grep -qF -- "$1" "$t/out" && return
        sleep 0.05
    done
    die "line ${BASH_LINENO[0]}: the screen never showed: $1"
}
t_see_last() {
    ((checks++))
    for _ in $(seq 200); do
        t_screen >"$t/out"
        [[ $(tail -n 1 "$t/out") == "$1" ]] && return
        sleep 0.05
    done
    die "line ${BASH_LINENO[0]}: the last line never was: $1"
}
t_see_not() {
    ((checks++))
    t_screen >"$t/out"
    ! grep -qF -- "$1" "$t/out" || die "line ${BASH_LINENO[0]}: the screen shows: $1"
}
t_clear() {
    _tmux send-keys C-l
}
