#!/bin/sh
# SPDX-License-Identifier: ISC
# vault.sh: a vault with logins of the private mail server in it, and what the tests of
# mailers share. To be sourced; it sources servers.sh.
#
#   vault_start          servers and vault; HOME is a fresh folder, $WORK, and smtpvault is
#                        in PATH. Two profiles: starttls and implicit
#   keep_ca_file         from then on both know the server's authorities, and say them to the
#                        programs that they are exported to
#   vault_stop           for the trap
#   arrived SUBJECT      the message is in the mailbox, from MAIL_USER, with its body
#   asked_by PROGRAM OP [PROFILE]   the newest audit record of this operation names the
#                        program
#   outcome PROFILE worked|rejected   what was last known of its login
#   hides_secret FILE    the password is not in the file
set -eu
# shellcheck source=tests/integration/lib/servers.sh
. "$(dirname "$0")/lib/servers.sh"
BODY='A line from the vault.'

vault_start() {
    servers_start
    work_begin
    smtpvault --quiet init --no-passphrase
    smtpvault --quiet add starttls --host localhost --port "$SUBMISSION_PORT" --tls starttls \
        --username "$MAIL_USER" --from "$MAIL_USER" --password-from "file:$MAIL_PASSWORD_FILE"
    smtpvault --quiet add implicit --host localhost --port "$SMTPS_PORT" --tls implicit \
        --username "$MAIL_USER" --from "$MAIL_USER" --password-from "file:$MAIL_PASSWORD_FILE"
}

keep_ca_file() {
    smtpvault --quiet edit starttls --ca-file "$CA_FILE"
    smtpvault --quiet edit implicit --ca-file "$CA_FILE"
}

vault_stop() {
    work_end
    servers_stop
}

work_failed() {
    servers_log | tail -10
}

# letter SUBJECT: a message on standard output.
letter() {
    printf 'From: %s\nTo: bob@example.test\nSubject: %s\n\n%s\n' "$MAIL_USER" "$1" "$BODY"
}

arrived() {
    message=$(mail_wait "$1") || {
        echo "no message with subject $1; the mailbox has $(mail_count)"
        return 1
    }
    grep -qx "From: .*$MAIL_USER.*" "$message" && grep -qF "$BODY" "$message"
}

asked_by() {
    smtpvault audit --json --last 20 | python3 -c '
import json, sys
program, op, profile = sys.argv[1:4]
rows = [json.loads(line) for line in sys.stdin]
rows = [r for r in rows if r["op"] == op and (not profile or r["profile"] == profile)]
newest = max(rows, key=lambda r: r["seq"])
print(newest)
names = [newest["exe"] or ""] + (newest["parent"] or "").split(" > ")
sys.exit(not any(n.rsplit("/", 1)[-1] == program for n in names) or newest["result"] != "ok")
' "$1" "$2" "${3-}"
}

outcome() {
    smtpvault list --json "$1" | python3 -c '
import json, sys
p = json.load(sys.stdin)["profiles"][0]
print(p)
worked, rejected = p["last_worked"] or "", p["last_rejected"] or ""
sys.exit((worked > rejected) != (sys.argv[1] == "worked") or worked == rejected)
' "$2"
}

hides_secret() {
    ! grep -qF -e "$(cat "$MAIL_PASSWORD_FILE")" "$1"
}
