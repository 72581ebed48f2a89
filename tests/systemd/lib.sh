#!/bin/sh
# SPDX-License-Identifier: ISC
# lib: what the tests inside the lab share. To be sourced.
#
#   check NAME COMMAND...   "ok NAME" when the command succeeds, else "not ok NAME" with
#                           what it wrote, and the end of the journal
#   not COMMAND...          the other way round
#   within SECONDS COMMAND...   succeeds once the command does
#   unit NAME               standard input becomes that unit of the system manager
#   machine_agent PASSWORD [GRANT]...   sets the agent of the machine up, as
#                           smtpvault-agent(7) says, with the profile "work": ann at
#                           mail.example.org:587, given by these grants
#   owner WORD...           smtpvault as that agent's user, with its passphrase
#   all_ok                  the last line of a test
set -eu
: "${SMTPVAULT:?the program under test}" "${BUILD:?the folder of the build}"
failed=0
W=$(mktemp -d /srv/smtpvault-systemd.XXXXXX)
trap 'rm -rf "$W"' EXIT
cd "$W"

check() {
    name=$1
    shift
    # As the condition of an if, the command would go on behind what fails in it.
    set +e
    (
        set -e
        "$@"
    ) >"$W/said" 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        echo "ok $name"
        return
    fi
    failed=1
    echo "not ok $name"
    sed 's/^/  /' "$W/said"
    journalctl --no-pager --output=short-precise | tail -12 | sed 's/^/  | /'
}

not() {
    ! "$@"
}

within() {
    until_s=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -le "$until_s" ] || return 1
        sleep 0.05
    done
}

unit() {
    cat >"/etc/systemd/system/$1"
    systemctl daemon-reload
}

owner() {
    runuser -u smtpvault -- env HOME=/var/lib/smtpvault smtpvault --no-input \
        --passphrase-from file:/run/lab/passphrase "$@"
}

machine_agent() {
    systemd-sysusers
    install -d -o smtpvault -g smtpvault -m 700 /var/lib/smtpvault
    install -d -m 700 /etc/smtpvault
    # What a person would type, for owner.
    install -d -o smtpvault -m 700 /run/lab
    echo 'correct horse battery staple' >/run/lab/passphrase
    printf '%s' "$1" >/run/lab/new
    chown smtpvault /run/lab/*
    chmod 600 /run/lab/*
    systemd-creds encrypt --name=passphrase /run/lab/passphrase /etc/smtpvault/passphrase.cred
    owner --quiet init --argon2=t=3,m=65536,p=4
    owner --quiet add work --host mail.example.org --port 587 --tls starttls --username ann \
        --password-from file:/run/lab/new
    rm /run/lab/new
    shift
    while [ $# -gt 0 ]; do
        # shellcheck disable=SC2086 # words
        owner --quiet grant add work $1
        shift
    done
    systemctl daemon-reload
    systemctl enable --now smtpvault.socket smtpvault-credentials.socket
}

all_ok() {
    [ "$failed" -eq 0 ]
}
