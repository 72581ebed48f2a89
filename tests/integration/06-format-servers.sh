#!/bin/sh
# SPDX-License-Identifier: ISC
# What export writes, used by the programs it is for against a real server: each TLS
# mode, with the secret inside and with the command hook; the mail arrives.
set -eu
# shellcheck source=tests/integration/lib/servers.sh
. "$(dirname "$0")/lib/servers.sh"
: "${BUILD:?the folder of the build}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"; servers_stop' EXIT
servers_start
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$LIB/format_servers.py" \
    "$BUILD/integration/format_driver" "$folder" "$SUBMISSION_PORT" "$SMTPS_PORT" "$CA_FILE" \
    "$MAIL_USER" "$MAIL_PASSWORD_FILE" || {
    servers_log | tail -40
    exit 1
}
# Five clients in two modes; four of them once more with the hook.
mail_wait "git send-email, implicit, hook" >/dev/null
[ "$(mail_count)" -eq 18 ] || {
    echo "not ok $(mail_count) mails have come, not 18"
    exit 1
}
echo "ok 18 mails have come"
