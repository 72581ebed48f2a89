#!/bin/sh
# SPDX-License-Identifier: ISC
# A reminder arrives: by mail through the vault's own login at the private server, on a desktop's
# bus, and out of cron by the line that setup wrote.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
CRON_PID=
cron_stop() {
    [ -z "$CRON_PID" ] || kill "$CRON_PID" 2>/dev/null || true
    [ -z "$CRON_PID" ] || wait "$CRON_PID" 2>/dev/null || true
    CRON_PID=
}
trap 'cron_stop; smtpvault --quiet lock 2>/dev/null; vault_stop' EXIT
vault_start
keep_ca_file
key=$SMTPVAULT_KEYFILE
STATE=$XDG_STATE_HOME/smtpvault
cafe=$(printf 'caf\303\251')
printf 'x' | smtpvault --quiet add "$cafe" --host mail.example.org --port 465 --tls implicit \
    --username ann --password-from stdin --rotate-every 5d
smtpvault --quiet edit starttls --rotate-every 10d

ends() { # ends STATUS WORD...
    wanted=$1
    shift
    status=0
    smtpvault "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
    cat "$WORK/out" "$WORK/err"
    [ "$status" -eq "$wanted" ]
}
host=$(hostname)
case $host in '' | *[!!-~]*) host='this machine' ;; esac

# What a strict reader makes of the message.
read_mail() {
    message=$(mail_wait "$1")
    cat "$message"
    python3 - "$message" "$MAIL_USER" <<'END' >"$WORK/mail"
import email, email.policy, email.utils, sys
data = open(sys.argv[1], "rb").read()
assert max(map(len, data.split(b"\n"))) <= 998 and max(data) < 128, "8 bits, or long lines"
m = email.message_from_bytes(data, policy=email.policy.strict)
assert not m.defects and m.get_content_type() == "text/plain" and m.get_content_charset() == "utf-8"
assert m["Auto-Submitted"] == "auto-generated" and m["MIME-Version"] == "1.0"
assert email.utils.parseaddr(m["From"])[1] == sys.argv[2]
assert email.utils.parseaddr(m["To"])[1] == "bob@example.test"
assert m["Message-ID"].startswith("<") and "@" in m["Message-ID"]
assert email.utils.parsedate_to_datetime(m["Date"]) is not None
print(m.get_content())
END
}
says() {
    cat "$2"
    grep -qF -- "$1" "$2"
}

check "two could send it, and it is asked which" ends 64 remind --by mail --to bob@example.test
check "it is sent" ends 0 remind --by mail --to bob@example.test --profile starttls
check "nothing is printed" test ! -s "$WORK/out"
check "and arrives as it should be" read_mail "smtpvault: 2 things are due ($host)"
check "it says what is due" says "starttls: soon, in 10 days" "$WORK/mail"
check "beyond ASCII too" says "$cafe: soon, in 5 days" "$WORK/mail"
check "and what to do" says "smtpvault rotate starttls" "$WORK/mail"
check "it holds no secret" hides_secret "$(mail_wait "smtpvault: 2 things are due ($host)")"
smtpvault audit --op test --last 1 >"$WORK/record"
check "the log knows it" says starttls "$WORK/record"
check "it is not sent again" ends 0 remind --by mail --to bob@example.test --profile starttls
check "nor was it" test "$(mail_count)" -eq 1

# ---- the login that is to send it is the one that does not work
sleep 1 # times are whole seconds
printf 'wrong' | smtpvault --quiet edit starttls --password-from stdin
check "the server turns the login away" ends 1 test starttls
check "its reminder goes another way" ends 0 remind --by mail --to bob@example.test \
    --profile starttls
check "which is said" says "goes through implicit" "$WORK/err"
check "and arrives" read_mail "smtpvault: 1 thing is overdue ($host)"
check "with what is wrong" says "starttls: rejected" "$WORK/mail"
rm "$STATE"/remind-*[0-9a-f]
check "with one that works left nobody is asked" ends 0 remind --by mail --to bob@example.test
sleep 1
smtpvault --quiet edit starttls --password-from "file:$MAIL_PASSWORD_FILE"
smtpvault --quiet test starttls >/dev/null
printf 'wrong' | smtpvault --quiet edit implicit --password-from stdin
rm "$STATE"/remind-*[0-9a-f]
check "a login that is turned away sends nothing" ends 77 remind --by mail --to bob@example.test \
    --profile implicit
check "and the reason is given" says "wrong-secret" "$WORK/err"
sleep 1
smtpvault --quiet edit implicit --password-from "file:$MAIL_PASSWORD_FILE" --port 1
check "nor does one without a server" ends 69 remind --by mail --to bob@example.test \
    --profile implicit
sent=$(mail_count)
check "what was not sent is sent the next time" ends 0 remind --by mail --to bob@example.test \
    --profile starttls
check "once" test "$(mail_count)" -eq $((sent + 1))

# ---- a desktop: a bus of its own, and somebody who shows notifications
cat >"$WORK/shows.py" <<'END'
import dbus, dbus.service, json, sys
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
DBusGMainLoop(set_as_default=True)
NAME = "org.freedesktop.Notifications"
class Shows(dbus.service.Object):
    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        json.dump({"app": app, "summary": summary, "body": body,
                   "urgency": int(hints.get("urgency", 1))}, open(sys.argv[1], "w"))
        return 1
    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["body", "body-markup"]
    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return "shows", "test", "1", "1.2"
bus = dbus.SessionBus()
taken = dbus.service.BusName(NAME, bus)
shows = Shows(bus, "/org/freedesktop/Notifications")
open(sys.argv[1] + ".ready", "w").close()
GLib.MainLoop().run()
END
# shellcheck disable=SC2016 # the inner shell's
notified() {
    dbus-run-session -- sh -c '
        /usr/bin/python3 "$1/shows.py" "$1/shown" &
        shows=$!
        for _ in $(seq 100); do [ ! -e "$1/shown.ready" ] || break; sleep 0.1; done
        status=0
        smtpvault remind --by notify || status=$?
        kill "$shows"
        exit $status' sh "$WORK"
    cat "$WORK/shown"
    jq -e '.app == "smtpvault" and (.summary | startswith("smtpvault: 3 things are due")) and
        (.body | contains("starttls: soon") and contains("&lt;b&gt;: soon")) and .urgency == 1' \
        "$WORK/shown"
}
printf 'x' | smtpvault --quiet add '<b>' --host mail.example.org --port 465 --tls implicit \
    --username ann --password-from stdin --rotate-every 12d
check "a notification is shown" notified
check "without its secret" hides_secret "$WORK/shown"
nobody_shows() {
    status=0
    dbus-run-session -- smtpvault remind --by notify || status=$?
    [ "$status" -eq 69 ]
}
rm "$STATE"/remind-*[0-9a-f] "$WORK/shown"
check "without anybody who shows it, it is said" nobody_shows

# ---- cron runs what setup wrote, and mails what it prints
mkdir -p "$WORK/spool/crontabs" "$WORK/etc"
chmod 1730 "$WORK/spool/crontabs"
: >"$WORK/crontab"
cat >"$WORK/sendmail" <<END
#!/bin/sh
cat >"$WORK/mailed.new"
mv "$WORK/mailed.new" "$WORK/mailed"
END
chmod 755 "$WORK/sendmail"
# shellcheck disable=SC2016 # the inner shell's
in_cron() {
    unshare -m --propagation private sh -c '
        mount --bind "$1/spool" /var/spool/cron && mount --bind "$1/etc" /etc/cron.d &&
            mount --bind "$1/crontab" /etc/crontab && mount -t tmpfs none /run &&
            mount --bind "$1/sendmail" "$(readlink -f /usr/sbin/sendmail)" && shift && exec "$@"' \
        sh "$WORK" "$@"
}
by_setup() {
    in_cron env -u XDG_RUNTIME_DIR smtpvault setup reminders --yes --by stdout
    cat "$WORK/spool/crontabs/root"
    grep -q "^[0-9]* 9 \* \* \* '.*/smtpvault' '--no-input' 'remind' '--by' 'stdout'$" \
        "$WORK/spool/crontabs/root"
}
check "setup writes a line of the real crontab" by_setup
cron_run() {
    rm -f "$WORK/mailed"
    # Nobody waits until nine o'clock.
    sed -i -E "s/^[0-9]+ 9 \* \* \* /@reboot /" "$WORK/spool/crontabs/root"
    { printf '%s\n' "HOME=$HOME" "XDG_DATA_HOME=$XDG_DATA_HOME" "XDG_STATE_HOME=$XDG_STATE_HOME" \
        "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR" "MAILTO=ann" && grep -v '^[A-Z_]*=' "$WORK/spool/crontabs/root"; } \
        >"$WORK/tab"
    cat "$WORK/tab" >"$WORK/spool/crontabs/root"
    in_cron /usr/sbin/cron -f -L 0 &
    CRON_PID=$!
    for _ in $(seq "$1"); do
        [ ! -e "$WORK/mailed" ] || break
        sleep 0.1
    done
    cron_stop
}
unset SMTPVAULT_KEYFILE
smtpvault --quiet --keyfile "$key" unlock --for 1h
rm "$STATE"/remind-*[0-9a-f]
check "cron runs it" cron_run 200
check "and mails what is due" says "starttls: soon" "$WORK/mailed"
check "without the secret" hides_secret "$WORK/mailed"
check "cron runs it again" cron_run 50
check "and mails nothing" test ! -e "$WORK/mailed"
smtpvault --quiet lock
check "cron runs it while the vault is locked" cron_run 200
check "and mails that it is, and since when" says "The vault is locked since" "$WORK/mailed"
undone() {
    in_cron env -u XDG_RUNTIME_DIR smtpvault setup reminders --yes --undo
    ! grep -q "'remind'" "$WORK/spool/crontabs/root"
}
check "setup takes it away again" undone
all_ok
