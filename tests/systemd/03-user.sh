#!/bin/sh
# SPDX-License-Identifier: ISC
# A user's agent, from the units as they are installed: the first request starts it, a key
# file opens the vault; the user's own manager loads credentials from it.
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

set_up() {
    loginctl enable-linger ann
    within 10 test -S "/run/user/$UID_/systemd/private"
    ann mkdir -p -m 700 /home/ann/.config/smtpvault
    echo 'correct horse battery staple' | ann tee /home/ann/passphrase
    ann chmod 600 /home/ann/passphrase
    owner_of init --argon2=t=3,m=65536,p=4
    echo sesame | owner_of add work --host mail.example.org --port 587 --tls starttls \
        --username ann --password-from stdin
    owner_of member add agent --role reader --no-passphrase \
        --new-keyfile /home/ann/.config/smtpvault/agent.key
    ann systemctl --user enable --now smtpvault-agent.socket
}
check "set up" set_up

active() {
    test "$(ann systemctl --user is-active smtpvault-agent.service)" = "$1"
}
gets() {
    test "$(ann smtpvault --no-input get work)" = sesame
}
check "nothing runs before it is asked for" active inactive
check "the first request is answered" gets
check "by an agent that systemd started" active active
check "the socket is the user's alone" test \
    "$(stat -c '%a %U' "/run/user/$UID_/smtpvault/agent")" = "600 ann"
check "lock ends it" ann smtpvault lock
check "it has ended" within 5 active inactive
check "the socket stays" test -S "/run/user/$UID_/smtpvault/agent"
check "the next request starts it again" gets

asleep() {
    systemctl suspend
    within 10 active inactive
    gets
}
check "it locks before a suspend, and comes back" asleep

# ---- a service of the user's gets its login by what setup writes ----------------------------
by_setup() {
    ann mkdir -p -m 700 /home/ann/.config/systemd/user
    ann tee /home/ann/.config/systemd/user/mailer.service <<'END'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cp "$CREDENTIALS_DIRECTORY/work" %h/got'
END
    ann smtpvault --no-input setup systemd work --unit mailer --yes
    # What the message tells.
    ann systemctl --user daemon-reload
    ann systemctl --user stop smtpvault-agent.service
    ann systemctl --user enable --now smtpvault-agent.socket smtpvault-credentials.socket
    ann systemctl --user start mailer.service
    test "$(cat /home/ann/got)" = sesame
    ann smtpvault --no-input setup systemd work --unit mailer --yes 2>&1 | tee /dev/stderr |
        grep -q 'is set up for work'
}
check "setup systemd gives a user's service its login" by_setup
check "the agent's own socket answers beside it" gets
undone() {
    ann smtpvault --no-input setup systemd --undo --unit mailer --yes
    not test -e /home/ann/.config/systemd/user/mailer.service.d
    ann systemctl --user daemon-reload
    not ann systemctl --user start mailer.service
}
check "and takes it away again" undone

# ---- credentials in a user's manager: the unit that is named has to be the cgroup's ---------
side() {
    ann systemctl --user stop smtpvault-agent.socket smtpvault-credentials.socket \
        smtpvault-agent.service
    ann mkdir -p -m 700 /home/ann/run /home/ann/.config/systemd/user
    cat >/home/ann/.config/systemd/user/side.service <<'END'
[Service]
Type=notify
ExecStart=/usr/local/bin/smtpvault --no-input --keyfile %E/smtpvault/agent.key agent \
    --credentials %h/run/credentials --credential side-job.service/smtp=work
END
    cat >/home/ann/.config/systemd/user/side-job.service <<'END'
[Service]
Type=oneshot
LoadCredential=smtp:%h/run/credentials
ExecStart=/bin/sh -c 'cp $CREDENTIALS_DIRECTORY/smtp %h/run/got'
END
    ann systemctl --user daemon-reload
    ann systemctl --user start side.service
    ann systemctl --user start side-job.service
    test "$(cat /home/ann/run/got)" = sesame
}
check "an agent in the foreground gives a user's unit its credential" side
forged() {
    ann python3 - <<'END'
import socket
s = socket.socket(socket.AF_UNIX)
s.bind(b"\0001234/unit/side-job.service/smtp")
s.connect("/home/ann/run/credentials")
got = b""
while chunk := s.recv(65536):
    got += chunk
raise SystemExit(b"sesame" in got or len(got) <= 1 << 20)
END
    ann smtpvault --no-input audit --json --last 1 | tee /dev/stderr |
        jq -e '.result == "denied" and .profile == "work" and .op == "get"'
}
check "a process elsewhere that takes the unit's name is refused, on record" forged
all_ok
