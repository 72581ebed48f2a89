#!/bin/sh
# SPDX-License-Identifier: ISC
# Reminders by a user's own systemd, from the units as they are installed: setup starts the timer,
# and the timer's service tells what is due, with the agent and while the vault is locked.
# shellcheck disable=SC2317 # check calls functions by their name
# shellcheck source=tests/systemd/lib.sh
. "$(dirname "$0")/lib.sh"

useradd --create-home ann
UID_=$(id -u ann)
ann() {
    runuser -u ann -- env HOME=/home/ann XDG_RUNTIME_DIR="/run/user/$UID_" "$@"
}
owner_of() {
    ann smtpvault --quiet --no-agent --no-input --passphrase-from file:/home/ann/passphrase "$@"
}
HOOK=/home/ann/due.json

set_up() {
    loginctl enable-linger ann
    within 10 test -S "/run/user/$UID_/systemd/private"
    echo 'correct horse battery staple' | ann tee /home/ann/passphrase
    ann chmod 600 /home/ann/passphrase
    owner_of init --argon2=t=3,m=65536,p=4
    for name in work home; do
        echo sesame | owner_of add "$name" --host mail.example.org --port 587 --tls starttls \
            --username ann --password-from stdin --rotate-every 5d
    done
    owner_of policy set work --public yes
}
check "set up" set_up
check "the units are without fault" ann systemd-analyze --user verify \
    /usr/local/lib/systemd/user/smtpvault-remind.service \
    /usr/local/lib/systemd/user/smtpvault-remind.timer

by_setup() {
    ann smtpvault --no-input setup reminders --yes --by "file:$HOOK"
    test "$(ann systemctl --user is-active smtpvault-remind.timer)" = active
    test "$(ann systemctl --user is-enabled smtpvault-remind.timer)" = enabled
    ann systemctl --user list-timers smtpvault-remind.timer | tee /dev/stderr |
        grep -q smtpvault-remind.service
    ann smtpvault --no-input setup reminders --yes --by "file:$HOOK"
}
check "setup starts the timer that is shipped" by_setup

# The timer's service, now: what it runs is the drop-in's.
runs() {
    ann rm -f "$HOOK"
    ann systemctl --user start smtpvault-remind.service
    test "$(ann systemctl --user show -P Result smtpvault-remind.service)" = success
}
told() {
    cat "$HOOK"
    jq -e "$1" "$HOOK"
}
locked() {
    runs
    told '.locked and (.locked_since | startswith("20")) and (.items | map(.profile) == ["work"])'
}
check "while the vault is locked it tells what may be known" locked
nothing_new() {
    runs
    not test -e "$HOOK"
}
check "and not again" nothing_new
with_agent() {
    ann smtpvault --no-input --passphrase-from file:/home/ann/passphrase unlock --for 1h
    runs
    told '(.locked | not) and .told_before == 1 and (.items | map(.profile) == ["home"])'
    ann smtpvault lock
}
check "with the agent it tells the rest" with_agent
cannot_send() {
    ann smtpvault --no-input setup reminders --yes --by mail --to bob@example.org
    runs
    journalctl --no-pager _UID="$UID_" | grep -F 'so no mail can be sent'
}
check "without the vault no mail is sent, and the journal says why" cannot_send

timer_fires() {
    ann smtpvault --no-input setup reminders --yes --by "file:$HOOK" --every 1h
    ann rm -f "$HOOK" /home/ann/.local/state/smtpvault/remind-*
    # Nobody waits until nine o'clock.
    ann mkdir -p /home/ann/.config/systemd/user/smtpvault-remind.timer.d
    printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nRandomizedDelaySec=0\nAccuracySec=100ms\n' |
        ann tee /home/ann/.config/systemd/user/smtpvault-remind.timer.d/soon.conf
    ann sh -c 'rm -f /home/ann/.local/state/smtpvault/remind-*'
    ann systemctl --user daemon-reload
    ann systemctl --user restart smtpvault-remind.timer
    within 20 test -s "$HOOK"
}
check "the timer starts it" timer_fires
undone() {
    ann smtpvault --no-input setup reminders --undo --yes
    not test -e /home/ann/.config/systemd/user/smtpvault-remind.service.d
    test "$(ann systemctl --user is-enabled smtpvault-remind.timer)" = disabled
    test "$(ann systemctl --user is-active smtpvault-remind.timer)" = inactive
}
check "and it is undone" undone
all_ok
