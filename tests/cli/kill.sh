# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# kill: a command that dies before each of the calls by which it changes files.
# A scenario sources it behind lib.sh.

t_calls=(write pwrite64 openat rename renameat renameat2 linkat unlink unlinkat fsync fdatasync
    ftruncate mkdir mkdirat rmdir)

t_signal=KILL

# each_kill PREPARE CHECK WORD...: runs smtpvault again and again, and kills it (by
# $t_signal) at the first, the second ... of each of these calls, until it outlives them
# all with status 0. PREPARE comes before each run, CHECK after each that was killed.
# Sets kills.
each_kill() {
    local prepare=$1 check=$2 call n got died
    died=$((128 + $(kill -l $t_signal)))
    shift 2
    kills=0
    for call in "${t_calls[@]}"; do
        for ((n = 1; ; n++)); do
            $prepare
            got=0
            { # bash tells of a child that was killed
                ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace="$call" \
                    -e "inject=$call:signal=$t_signal:when=$n" "$program" "$@" >"$t/out" 2>"$t/err" ||
                    got=$?
            } 2>/dev/null
            [[ $got == "$died" ]] || break
            ((++kills))
            $check
        done
        [[ $got == 0 ]] || die "smtpvault $*: status $got"
    done
    ((checks += kills))
}

# t_left FOLDER...: the names that a killed maker left there.
t_left() {
    find "$@" -name '.smtpvault-*' -print 2>"$t/err"
}
