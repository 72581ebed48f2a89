#!/bin/sh
# SPDX-License-Identifier: ISC
# `smtpvault test` on the private mail server: verdict, status, JSON, audit record.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
ADVICE=$(cd "$(dirname "$0")/../../src/smtp" && cat replies.def replies.c faults.def)
# shellcheck disable=SC2034 # read by servers.sh
MAIL_SERVICES='limited smtpd_tls_security_level=may smtpd_client_auth_rate_limit=1
no-tls smtpd_tls_security_level=none
not-yours smtpd_tls_security_level=may smtpd_delay_reject=no smtpd_sender_login_maps=static:bob smtpd_sender_restrictions=reject_sender_login_mismatch'
trap vault_stop EXIT
vault_start

# test_json WANTED-STATUS PROFILE PYTHON-CONDITION [OPTION]...
test_json() {
    status=0
    wanted=$1 profile=$2 condition=$3
    shift 3
    smtpvault test "$profile" --ca-file "$CA_FILE" --json "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
    set -- "$wanted" "$profile" "$condition"
    cat "$WORK/out" "$WORK/err"
    [ "$status" -eq "$1" ] || return 1
    python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
assert set(r) == {"schema", "profile", "ok", "verdict", "who", "phase", "code", "enhanced", "text", "cause",
                  "advice", "mechanism", "tls", "mechanisms", "capabilities", "ms"}, sorted(r)
sys.exit(not eval(sys.argv[2]))' "$WORK/out" "$3"
}

check "STARTTLS logs in" test_json 0 starttls \
    'r["ok"] and r["verdict"] == "ok" and r["code"] == 235 and r["who"] is None and r["mechanism"] == "PLAIN"'
check "implicit TLS logs in" test_json 0 implicit \
    'r["ok"] and r["tls"]["version"] == "TLSv1.3" and r["tls"]["days_left"] == 20'
check "the record says test" asked_by 03-cli-test.sh test implicit
check "the login is known to have worked" outcome implicit worked
sleep 1 # times are whole seconds

echo wrong >"$WORK/wrong"
smtpvault --quiet edit implicit --password-from "file:$WORK/wrong"
check "a wrong password is a finding" test_json 1 implicit \
    'not r["ok"] and r["verdict"] == "wrong-secret" and r["phase"] == "auth" and r["code"] == 535 and r["who"] == "you"'
check "the login is known to be rejected" outcome implicit rejected
check "the advice names the profile" grep -q 'smtpvault edit implicit ' "$WORK/out"
check "the system does not trust the authority" sh -c \
    'smtpvault test starttls --json | grep -q certificate-untrusted'
check "which says nothing of the secret" outcome starttls worked
smtpvault --quiet edit starttls --port "$(mail_port limited)"
check "one login is let in" test_json 0 starttls 'r["ok"]'
check "the next has to wait" test_json 1 starttls \
    'r["verdict"] == "rate-limited" and r["code"] == 450 and r["who"] == "nobody"'
check "which is nothing against the secret" outcome starttls worked
people_are_told_to_wait() {
    smtpvault test starttls --ca-file "$CA_FILE" >"$WORK/out" || true
    cat "$WORK/out"
    grep -qx '  who: nobody: wait, and try again' "$WORK/out"
}
check "people are told to wait" people_are_told_to_wait
check "in the server's words" grep -q '^  server: 450 ' "$WORK/out"
smtpvault --quiet edit starttls --port "$(mail_port no-tls)"
nothing_is_no_word() {
    smtpvault test starttls >"$WORK/out" || true
    cat "$WORK/out"
    grep -q 'starttls: downgraded\|starttls: starttls-missing' "$WORK/out" && ! grep -q '^  server:' "$WORK/out"
}
check "a yes to EHLO is no word on STARTTLS" nothing_is_no_word
smtpvault --quiet edit starttls --port "$(mail_port not-yours)"
check "the sender is another's" test_json 1 starttls \
    'r["verdict"] == "sender-not-allowed" and r["phase"] == "sender" and r["code"] == 553' --from-check
check "which is nothing against the login" outcome starttls worked
check "no mail was sent" test "$(mail_count)" -eq 0

# The authorities, kept with the login: nobody has to name them again.
as_advised() { # the command of the advice, with the file that it wants
    advice=$(smtpvault test private --json | jq -r .advice)
    echo "$advice"
    command=$(echo "$advice" | grep -oE 'smtpvault edit [^.]* --ca-file FILE')
    # shellcheck disable=SC2086 # words on purpose
    ${command%FILE}"$CA_FILE"
}
private() { # private STATUS VERDICT OPTION...
    want=$1 verdict=$2
    shift 2
    status=0
    smtpvault test --json "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
    cat "$WORK/out" "$WORK/err"
    [ "$status" -eq "$want" ] &&
        [ "$(jq -r 'select(.profile == "private") | .verdict' "$WORK/out")" = "$verdict" ]
}
smtpvault --quiet add private --host localhost --port "$SMTPS_PORT" --tls implicit \
    --username "$MAIL_USER" --password-from "file:$MAIL_PASSWORD_FILE"
check "the authority is not known" private 1 certificate-untrusted private
check "nor to the look at ports" private 1 certificate private --probe
check "the advice is followed" as_advised
check "test logs in" private 0 ok private
check "test --all too" private 1 ok --all
check "and the ports will do" private 0 works private --probe
check "which is not kept for others" sh -c \
    'smtpvault test starttls --json | grep -q certificate-untrusted'
other="$WORK/other.pem"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Other -days 2 \
    -keyout /dev/null -out "$other" 2>/dev/null
check "another's, on the command line, wins" private 1 certificate-untrusted private --ca-file "$other"
check "of which nothing is kept" private 0 ok private
smtpvault --quiet edit private --ca-file "$other"
check "another's, kept, is what is trusted" private 1 certificate-untrusted private
check "the right one, on the command line, wins" private 0 ok private --ca-file "$CA_FILE"
echo 'no certificate' >"$other"
check "a file without any is told" private 1 certificate-untrusted private
check "as what it is" grep -q 'The CA file holds no certificate' "$WORK/out"
rm "$other"
check "one that is gone is told" private 66 '' private
check "by its name" grep -q "held to, in $other, cannot be read: No such file" "$WORK/err"
smtpvault --quiet rollback private 2
check "and the version before it works" private 0 ok private

# A server that waits, and authorities that are others when the secret is to go: it stays.
cat >"$WORK/slow.py" <<'EOF'
import os, socket, sys, threading, time
upstream, folder = int(sys.argv[1]), sys.argv[2]

def pump(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)

listener = socket.create_server(("127.0.0.1", 0))
open(folder + "/port.new", "w").write(str(listener.getsockname()[1]))
os.rename(folder + "/port.new", folder + "/port")
client, _ = listener.accept()
open(folder + "/came", "w").close()
while not os.path.exists(folder + "/go"):
    time.sleep(0.02)
server = socket.create_connection(("localhost", upstream))
threading.Thread(target=pump, args=(client, server), daemon=True).start()
pump(server, client)
EOF
appears() {
    until [ -e "$1" ]; do sleep 0.02; done
}
meanwhile() {
    python3 "$WORK/slow.py" "$SMTPS_PORT" "$WORK" &
    slow=$!
    appears "$WORK/port"
    smtpvault --quiet edit private --host 127.0.0.1 --port "$(cat "$WORK/port")" --ca-file "$CA_FILE"
    smtpvault test private >"$WORK/out" 2>"$WORK/err" &
    tested=$!
    appears "$WORK/came"
    cp "$CA_FILE" "$WORK/same.pem"
    smtpvault --quiet edit private --ca-file "$WORK/same.pem"
    touch "$WORK/go"
    status=0
    wait "$tested" || status=$?
    kill "$slow" 2>/dev/null || true
    cat "$WORK/out" "$WORK/err"
    [ "$status" -eq 75 ] && grep -q 'private was changed meanwhile' "$WORK/err"
}
check "authorities that were changed meanwhile get no secret" meanwhile

# Advice that cannot be followed is worse than none.
advised_options_exist() {
    smtpvault edit --help >"$WORK/help"
    smtpvault test --help >>"$WORK/help"
    smtpvault login --help >>"$WORK/help"
    printf '%s' "$ADVICE" | grep -oE -e '--[a-z]+(-[a-z]+)*' | sort -u >"$WORK/options"
    cat "$WORK/options"
    [ "$(wc -l <"$WORK/options")" -ge 9 ] || return 1
    while read -r option; do
        grep -qE -e "^ +(-., )?$option " "$WORK/help" || return 1
    done <"$WORK/options"
}
check "every option that advice names exists" advised_options_exist
all_ok
