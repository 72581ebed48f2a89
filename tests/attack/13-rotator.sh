#!/bin/bash
# SPDX-License-Identifier: ISC
# Attack 13, a release to a rotator that the log does not show.
# Without AUDIT_FIRST: a rotator was given a secret without its entry in the log
#
# Calls by which a rotation works on the log fail, one after the other: whatever becomes of the
# rotation, each secret that its rotator could read is in the log.
# A quick run takes some of the calls, SMTPVAULT_ATTACK_ALL=1 all.
# shellcheck source=tests/attack/lib.sh
. "${0%/*}/lib.sh"
command -v strace >/dev/null || die "strace is missing"
export ASAN_OPTIONS=detect_leaks=0 # a leak checker cannot work in a traced process
t_vault
add_plain work s3cret-y
mkdir mine
chmod 755 mine
cat >mine/spy <<END
#!/bin/sh
for fd in 3 5; do
    secret=
    read -r secret <&\$fd
    [ -z "\$secret" ] || echo "\$1" >>"$t/given"
done
echo '{"schema":1,"result":"ok"}'
END
chmod 755 mine/spy
state=$(echo "$XDG_STATE_HOME"/smtpvault/*)
mkdir spare
cp -a state data spare
rotation=(rotate work --no-verify --hook "$t/mine/spy")

fresh() {
    rm -rf state data given
    cp -a spare/state spare/data .
}

# judge WHAT: as many releases are in the log as the rotator noted.
judge() {
    local given told
    touch given
    given=$(wc -l <given)
    sv audit --json --op rotate >entries 2>err || die "$1: audit failed: $(cat err)"
    told=$(jq -s '[.[] | select(.result == "ok" and (.note | test("^spy [a-z]+$")))] | length' entries)
    [[ $given -le $told ]] ||
        broken "a rotator was given a secret without its entry in the log ($1: $given, $told entries)"
    [[ $given -eq 0 ]] || ((seen++))
    ((checks++))
}

# try SYSCALL N: sets failed to 1 when there was an N-th such call.
try() {
    fresh
    strace -f -qq -o trace -P "$state" -P "$state/audit.db" -P "$state/audit.db-wal" \
        -P "$state/audit.db-shm" -P "$state/seal" -P "$state/lock" \
        -e trace="$1" -e inject="$1:error=EIO:when=$2" \
        "$program" "${rotation[@]}" >out 2>err </dev/null
    failed=0
    grep -q INJECTED trace || return 0
    failed=1
    judge "$1 $2"
}

seen=0
expect_status 0 "${rotation[@]}"
judge "nothing fails"
[[ $seen -eq 1 && $(tr "\n" " " <given) == "create set set finish finish " ]] ||
    die "the rotator did not see what it is to: $(cat given)"
for call in fdatasync flock pwrite64; do
    step=1
    [[ -n $attack_all || $call != pwrite64 ]] || step=6
    for ((n = 1; n < 400; n += step)); do
        try "$call" "$n"
        [[ $failed -eq 1 ]] || break
    done
    [[ $n -gt 8 ]] || die "only $n calls of $call: the faults do not reach the log"
done
[[ $seen -gt 8 ]] || die "the rotator was given a secret $seen times only"
finish
