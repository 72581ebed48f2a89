#!/bin/sh
# SPDX-License-Identifier: ISC
# A Python program sends with smtplib: by calling `smtpvault get`, and by being run by
# `smtpvault exec`.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
trap vault_stop EXIT
vault_start

cat >"$WORK/send.py" <<'EOF'
import json, os, smtplib, ssl, subprocess, sys
from email.message import EmailMessage

how, name, ca_file, subject, body = sys.argv[1:]
if how == "get":
    login = json.loads(subprocess.run(["smtpvault", "get", name, "--json"], check=True,
                                      stdout=subprocess.PIPE).stdout)
else:
    listed = json.loads(subprocess.run(["smtpvault", "list", "--json"], check=True,
                                       stdout=subprocess.PIPE).stdout)
    login = next(p for p in listed["profiles"] if p["name"] == name)
    with os.fdopen(3) as secret:
        login["password"] = secret.read().removesuffix("\n")
message = EmailMessage()
message["From"], message["To"], message["Subject"] = login["from"], "bob@example.test", subject
message.set_content(body)
context = ssl.create_default_context(cafile=ca_file)
if login["tls"] == "implicit":
    server = smtplib.SMTP_SSL(login["host"], login["port"], context=context)
else:
    server = smtplib.SMTP(login["host"], login["port"])
    server.starttls(context=context)
with server:
    server.login(login["username"], login["password"])
    server.send_message(message)
EOF

# What python3 is in the end: it may be a link, or a script that picks one of several.
python=$(python3 -c 'import os, sys; print(os.path.basename(os.path.realpath(sys.executable)))')
for profile in starttls implicit; do
    check "smtplib with get, $profile" \
        python3 "$WORK/send.py" get "$profile" "$CA_FILE" "get $profile" "$BODY"
    check "the message arrived, get $profile" arrived "get $profile"
    check "the record names python, $profile" \
        asked_by "$python" get "$profile"
    check "smtplib under exec, $profile" smtpvault exec "$profile" -- \
        python3 "$WORK/send.py" exec "$profile" "$CA_FILE" "exec $profile" "$BODY"
    check "the message arrived, exec $profile" arrived "exec $profile"
done
all_ok
