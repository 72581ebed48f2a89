#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 13, a release that the log does not show.
# Without AUDIT_FIRST: a secret left without its entry in the log
#
# Each call by which `get` works on the log fails, one after the other, as on a full, a
# broken and a read-only disk: nothing is printed, unless the entry is in the log.
# A quick run takes one of the three faults for each call, SMTPVAULT_ATTACK_ALL=1 all.
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
command -v strace >/dev/null || die "strace is missing"
export ASAN_OPTIONS=detect_leaks=0 # a leak checker cannot work in a traced process
t_vault
add_plain work s3cret-y
state=$(echo "$XDG_STATE_HOME"/smtpvault/*)
faults=(ENOSPC EIO EROFS)
turn=0

# gets: how many entries in the log tell of a secret that was released.
gets() {
    sv audit --json >entries 2>err || die "audit failed"
    jq -s '[.[] | select(.op == "get" and .result == "ok")] | length' entries
}

# try SYSCALL N FAULT: sets failed to 1 when there was an N-th such call.
try() {
    local before after got=0
    rm -rf state
    cp -a spare state
    before=$spared
    strace -f -qq -o trace -P "$state" -P "$state/audit.db" -P "$state/audit.db-wal" \
        -P "$state/audit.db-shm" -P "$state/seal" -P "$state/lock" -P "$state/anchor" \
        -P "$state/anchor.lock" -e trace="$1" -e inject="$1:error=$3:when=$2" \
        "$program" get work >out 2>err || got=$?
    failed=0
    grep -q INJECTED trace || return 0
    failed=1
    ((checks++))
    if [[ -s out ]]; then
        [[ $got -eq 0 ]] || broken "a secret left without its entry in the log ($1 $2 $3: status $got)"
        after=$(gets)
        [[ $after -eq $((before + 1)) ]] ||
            broken "a secret left without its entry in the log ($1 $2 $3: $before, then $after entries)"
    else
        [[ $got -ge 64 ]] || die "$1 $2 $3: nothing printed, and status $got"
        grep -q '^smtpvault: ' err || die "$1 $2 $3: no word"
    fi
}

expect_status 0 get work
cp -a state spare
spared=$(gets)
rm -rf state
cp -a spare state
refusals=0
for call in openat pwrite64 write fdatasync fsync ftruncate fallocate flock fcntl mmap lseek \
    newfstatat fstat pread64 rename renameat linkat unlink fchmod; do
    for ((n = 1; n < 100; n++)); do
        for ((i = 0; i < 3; i++)); do
            [[ -n $attack_all || $((turn % 3)) -eq $i ]] || continue
            try $call "$n" "${faults[i]}"
            [[ $failed -eq 1 ]] || break 2
            [[ -s out ]] || ((refusals++))
        done
        ((turn++))
    done
done
[[ $refusals -gt 10 ]] || die "only $refusals refusals: the faults do not reach the log"

# ---- the disk itself, where a mount can be had: no room, then nothing may be written
rm -rf state
cp -a spare state
if [[ $(id -u) -eq 0 ]] && unshare -m true 2>/dev/null; then
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m bash -c '
        mount -t tmpfs -o size=400k none "$1" && cp -a "$2/." "$1" || exit 9
        dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null
        for ((i = 0; i < 400; i++)); do "$3" get work >>out.full 2>err.full || break; done
        [[ $i -lt 400 ]] || exit 8
        rm -f "$1/filler" # now it can be read again
        "$3" audit --json >entries 2>/dev/null || exit 7
        mount -o remount,ro "$1" || exit 9
        ! "$3" get work >out.ro 2>err.ro || exit 6
        umount "$1"' - "$XDG_STATE_HOME" spare "$program"
    got=$?
    case $got in
    0) ;;
    6) broken "a secret left without its entry in the log, which is read-only" ;;
    *) die "the mounts: $got" ;;
    esac
    told=$(jq -s '[.[] | select(.op == "get" and .result == "ok")] | length' entries)
    [[ $(wc -l <out.full) -le $((told - spared)) ]] ||
        broken "a secret left without its entry in the log: $(wc -l <out.full) secrets, $told entries"
    [[ ! -s out.ro ]] || broken "a secret left without its entry in the log, which is read-only"
fi
finish
