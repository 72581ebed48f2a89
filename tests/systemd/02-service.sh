#!/bin/sh
# SPDX-License-Identifier: ISC
# The agent of the machine, from the units as they are installed: a user of its own, a
# passphrase that systemd decrypts, a socket for a group, credentials for other units. The
# examples are run as they are shipped.
# shellcheck disable=SC2317 # check calls functions by their name
# shellcheck source=tests/systemd/lib.sh
. "$(dirname "$0")/lib.sh"
UNITS=/usr/local/lib/systemd/system
MANUAL=/usr/local/share/man/man7/smtpvault-agent.7
EXAMPLES=/usr/local/share/doc/smtpvault/examples
# shellcheck disable=SC2016 # it is to be no variable
PASSWORD='pass %d $x "word"'

check "the units are without fault" systemd-analyze verify "$UNITS"/smtpvault*.service \
    "$UNITS"/smtpvault*.socket
check "set up" machine_agent "$PASSWORD" "--unit mailer.service" "--unit report.service"
useradd --create-home --groups smtpvault report
useradd --create-home stranger

recorded() {
    owner audit --json --last 20 | tee /dev/stderr |
        jq -es 'any(.[]; '"$1"')' >/dev/null
}
# ---- by a socket, from another user ----------------------------------------------------
get_as() {
    user=$1
    shift
    runuser -u "$user" -- env HOME="/home/$user" SMTPVAULT_AGENT=/run/smtpvault/agent \
        smtpvault --no-input "$@"
}

# What get prints, and what a credential holds.
is_line() {
    printf '%s\n' "$PASSWORD" | cmp - "$1"
}
is_bare() {
    printf '%s' "$PASSWORD" | cmp - "$1"
}

first_request() {
    [ "$(systemctl is-active smtpvault.service)" = inactive ]
    get_as report get work >"$W/got"
    is_line "$W/got"
    [ "$(systemctl is-active smtpvault.service)" = active ]
}
no_grant() {
    status=0
    get_as report get work || status=$?
    [ "$status" -eq 77 ]
}
no_grants_at_all() {
    printf x | install -o smtpvault -m 600 /dev/stdin /run/lab/new
    owner --quiet add bare --host mail.example.org --port 25 --tls starttls --username ann \
        --password-from file:/run/lab/new
    status=0
    get_as report get bare 2>"$W/err" || status=$?
    cat "$W/err"
    [ "$status" -eq 77 ]
    grep -F 'gives it to no other user' "$W/err"
    grep -F 'grant add bare' "$W/err"
}
check "without a grant another user gets nothing" no_grant
check "nor what has no grants at all" no_grants_at_all
check "a grant is made" owner --quiet grant add work --user report
systemctl stop smtpvault.service 2>/dev/null
check "the first request starts it, and gets its secret" first_request
check "it runs as its own user" test "$(id -u smtpvault)" = \
    "$(ps -o uid= -p "$(systemctl show -P MainPID smtpvault.service)" | tr -d ' ')"
check "nobody else reads the vault" not runuser -u report -- \
    cat /var/lib/smtpvault/.local/share/smtpvault/vault.db
check "nobody else reads the passphrase" not runuser -u report -- \
    cat /etc/smtpvault/passphrase.cred
check "whoever is not in the group gets nothing" not get_as stranger get work
check "another user changes nothing" not get_as report remove --yes work
check "another user does not lock it" not get_as report lock
check "another user does not list it" not get_as report list
check "another user gets no other field" not get_as report get work username
check "it is still there" get_as report get work

# ---- credentials -----------------------------------------------------------------------
run_mailer() {
    install -d /usr/local/lib/mailer
    cat >/usr/local/lib/mailer/send <<'END'
#!/bin/sh
cat "$1" >"$STATE_DIRECTORY/got"
END
    chmod 755 /usr/local/lib/mailer/send
    cp "$EXAMPLES/mailer.service" /etc/systemd/system/
    mkdir -p /etc/systemd/system/mailer.service.d
    printf '[Service]\nStateDirectory=mailer\n' >/etc/systemd/system/mailer.service.d/test.conf
    systemctl daemon-reload
    systemctl start mailer.service
    is_bare /var/lib/private/mailer/got
}
check "the example of a service has its credential" run_mailer
check "the log names its unit" recorded \
    '.op == "get" and .profile == "work" and .unit == "mailer.service" and .via == "agent"'

starts_without() {
    unit wrong.service <<'END'
[Service]
Type=oneshot
LoadCredential=absent:/run/smtpvault/credentials
ExecStart=/bin/touch /run/wrong-has-run
END
    not systemctl start wrong.service
    systemctl show -P ExecMainStatus wrong.service
    [ "$(systemctl show -P ExecMainStatus wrong.service)" = 243 ] && [ ! -e /run/wrong-has-run ]
}
check "a unit whose credential is refused does not start" starts_without
not_granted() {
    unit other.service <<'END'
[Service]
Type=oneshot
LoadCredential=work:/run/smtpvault/credentials
ExecStart=/bin/touch /run/other-has-run
END
    not systemctl start other.service
    [ "$(systemctl show -P ExecMainStatus other.service)" = 243 ] && [ ! -e /run/other-has-run ]
    recorded '.result == "denied" and .profile == "work" and .unit == "other.service"'
}
check "a unit without a grant does not start" not_granted

# ---- the same by a command of root's, who opens no vault of another user --------------------
setup() {
    smtpvault --no-input --passphrase-from file:/run/lab/passphrase setup systemd --unit billing \
        --yes "$@"
}
by_setup() {
    unit billing.service <<'END'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cp "$CREDENTIALS_DIRECTORY/work" /run/billing'
END
    setup work --user smtpvault 2>&1 | tee /dev/stderr | grep -F 'smtpvault grant add work --unit billing.service'
    systemctl daemon-reload
    owner --quiet grant add work --unit billing.service
    systemctl start billing.service
    is_bare /run/billing
    cp /etc/systemd/system/billing.service.d/smtpvault.conf "$W/once"
    setup work --user smtpvault
    cmp "$W/once" /etc/systemd/system/billing.service.d/smtpvault.conf
}
check "setup systemd gives a service its login" by_setup
undone() {
    setup --undo
    [ ! -e /etc/systemd/system/billing.service.d ]
    systemctl daemon-reload
    rm /run/billing
    not systemctl start billing.service
    [ ! -e /run/billing ]
}
check "and takes it away again" undone

# A process that takes the name of a unit, as the user of the agent: it is in no such unit.
forge() {
    runuser -u "$1" -- python3 - <<'END'
import socket
s = socket.socket(socket.AF_UNIX)
s.bind(b"\0001234/unit/mailer.service/work")
try:
    s.connect("/run/smtpvault/credentials")
except PermissionError:
    raise SystemExit(0)
got = b""
while chunk := s.recv(65536):
    got += chunk
raise SystemExit(b"word" in got)
END
}
check "another user cannot ask for a credential" forge report
check "the agent's user cannot borrow a unit's name" forge smtpvault

# ---- a timer's job that fetches for itself ---------------------------------------------
run_report() {
    install -d /usr/local/lib/report
    cat >/usr/local/lib/report/send <<'END'
#!/bin/sh
exec smtpvault --no-input get work >/run/report/got
END
    chmod 755 /usr/local/lib/report/send
    cp "$EXAMPLES/report.service" "$EXAMPLES/report.timer" /etc/systemd/system/
    mkdir -p /etc/systemd/system/report.service.d /etc/systemd/system/report.timer.d
    printf '[Service]\nRuntimeDirectory=report\nRuntimeDirectoryPreserve=yes\n' \
        >/etc/systemd/system/report.service.d/test.conf
    printf '[Timer]\nOnActiveSec=1s\nAccuracySec=1ms\n' >/etc/systemd/system/report.timer.d/test.conf
    systemctl daemon-reload
    systemctl enable --now report.timer
    within 10 is_line /run/report/got 2>/dev/null
    systemctl list-timers --no-pager
    systemctl list-timers --no-pager | grep -q '06:30:00.*report.timer'
}
check "the example of a timer mails its report" run_report
check "the log names the job" recorded '.op == "get" and .unit == "report.service"'

# ---- what it may -----------------------------------------------------------------------
exposure() {
    systemd-analyze security --no-pager smtpvault.service | tail -1
    systemd-analyze security --no-pager --threshold=20 smtpvault.service
}
check "systemd-analyze security finds little" exposure
systemd-analyze security --no-pager smtpvault.service | tail -1

limits() {
    pid=$(systemctl show -P MainPID smtpvault.service)
    grep -E 'NoNewPrivs|CapEff|Seccomp:' "/proc/$pid/status"
    grep -qx 'NoNewPrivs:	1' "/proc/$pid/status" && grep -qx 'CapEff:	0000000000000000' \
        "/proc/$pid/status" && grep -qE '^Max core file size +0 +0 ' "/proc/$pid/limits"
}
check "it has no capability, no core" limits

# ---- an end, and the next request ------------------------------------------------------
again() {
    systemctl stop smtpvault.service
    get_as report get work >"$W/got"
    is_line "$W/got"
}
check "after a stop the next request starts it again" again
sleeps() {
    systemctl suspend
    within 10 test "$(systemctl is-active smtpvault.service)" != active
    within 10 recorded '.op == "agent" and (.note | contains("sleep"))'
}
check "it locks before a suspend" sleeps

# Without its passphrase it does not start, and whoever asks is told so, not left waiting.
locked_out() {
    systemctl stop smtpvault.service
    mv /etc/smtpvault/passphrase.cred "$W/"
    status=0
    timeout 20 runuser -u report -- env SMTPVAULT_AGENT=/run/smtpvault/agent \
        smtpvault --no-input get work >"$W/got" 2>&1 || status=$?
    cat "$W/got"
    mv "$W/passphrase.cred" /etc/smtpvault/
    [ "$status" -ge 64 ] && [ "$status" -lt 124 ]
}
check "without its passphrase it says so" locked_out

# ---- a key file in its place, by the drop-in of smtpvault-agent(7) ----------------------
by_keyfile() {
    owner --quiet passphrase --new-keyfile /var/lib/smtpvault/new.key --no-passphrase
    install -m 600 /var/lib/smtpvault/new.key /etc/smtpvault/keyfile
    rm /var/lib/smtpvault/new.key
    mkdir -p /etc/systemd/system/smtpvault.service.d
    sed -n '/^LoadCredentialEncrypted=$/,/^\.Ed/{/^\.Ed/d;p}' "$MANUAL" |
        sed '1i [Service]' >/etc/systemd/system/smtpvault.service.d/keyfile.conf
    cat /etc/systemd/system/smtpvault.service.d/keyfile.conf
    grep -qF -- '--keyfile %d/keyfile' /etc/systemd/system/smtpvault.service.d/keyfile.conf
    systemctl daemon-reload
    systemctl stop smtpvault.service
    systemctl reset-failed smtpvault.service || true
    get_as report get work >"$W/got"
    is_line "$W/got"
}
check "a key file opens it as well" by_keyfile
all_ok
