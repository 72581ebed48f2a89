#!/bin/sh
# SPDX-License-Identifier: ISC
# A real logind tells of a suspend, and waits for the keys to be wiped. Only the kernel does
# not sleep: see lab.
# shellcheck disable=SC2317 # check calls functions by their name
# shellcheck source=tests/systemd/lib.sh
. "$(dirname "$0")/lib.sh"

# watch USER MILLISECONDS
watch() {
    : >"$W/driver"
    setpriv --reuid "$1" --clear-groups "$BUILD/integration/sleep_driver" "$2" \
        >"$W/driver" 2>&1 &
    driver=$!
    within 5 grep -q . "$W/driver"
}

inhibited() {
    busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager \
        ListInhibitors | tee /dev/stderr | grep -qF smtpvault
}

awake() {
    [ "$(systemctl show -P ActiveState sleep.target)" = inactive ] &&
        [ "$(systemctl show -P ActiveState systemd-suspend.service)" = inactive ]
}

# A suspend waits for as long as the wiping takes, and not longer.
suspend_waits() {
    begun=$(date +%s%N)
    systemctl suspend
    within 10 grep -qx wiped "$W/driver"
    wiped=$(date -r "$W/driver" +%s%N)
    within 5 test -s /run/slept
    read -r slept </run/slept
    echo "begun $begun wiped $wiped slept $slept"
    [ $((wiped - begun)) -ge 1500000000 ] && [ "$slept" -ge "$((wiped - 50000000))" ] &&
        [ "$slept" -le $((wiped + 1500000000)) ]
}

chmod 755 "$W"
watch root 1600
check "a watcher is ready" grep -qx ready "$W/driver"
check "logind knows its inhibitor" inhibited
check "the suspend waits for it" suspend_waits
check "the inhibitor is gone" not inhibited

# Without polkit another user gets no inhibitor, but the signal.
told() {
    systemctl suspend
    within 10 grep -qx told "$W/driver"
}
within 10 awake
rm -f /run/slept
watch nobody 0
check "a watcher of another user is ready" grep -qx ready "$W/driver"
check "it has no inhibitor" not inhibited
check "it is told all the same" told

# An agent that ends takes its watcher along.
no_watcher() {
    ! pgrep -x smtpvault-sleep
}
watch root 0
check "the watcher lives" pgrep -x smtpvault-sleep
kill -KILL "$driver"
wait "$driver" || true
check "it ends with its agent" within 5 no_watcher
all_ok
