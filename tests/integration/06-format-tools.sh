#!/bin/sh
# SPDX-License-Identifier: ISC
# What export writes, used by the tools it is for: they log in at a real server with
# hostile passwords, and the mail arrives. Here the nastiest passwords, and the tools that
# are installed; make bench-formats is the whole, with a table.
#
#   06-format-tools.sh [--all] [TARGET...]
set -eu
lib=$(cd "$(dirname "$0")" && pwd)/lib
# The tools' /etc is laid over the machine's, so it has to be a mount namespace of its own.
if [ -z "${TOOLS_APART-}" ]; then
    TOOLS_APART=yes exec "$lib/apart" "$0" "$@"
fi
# shellcheck source=tests/integration/lib/servers.sh
. "$(dirname "$0")/lib/servers.sh"
: "${BUILD:?the folder of the build}"
quick=--quick
if [ "${1-}" = --all ]; then
    quick=
    shift
fi
folder=$(mktemp -d /tmp/smtpvault-tools.XXXXXX)
trap 'servers_stop; umount /etc 2>/dev/null; rm -rf "$folder"' EXIT

# make_trust: an /etc in which the test's authority is the system's, and the users are known
# that the unpacked packages would have made.
make_trust() {
    export TRUST_ETC="$folder/etc"
    mkdir -p "$TRUST_ETC/ssl/certs"
    cp "$CA_FILE" "$TRUST_ETC/ssl/certs/ca-certificates.crt"
    cp "$CA_FILE" "$TRUST_ETC/ssl/certs/$(openssl x509 -in "$CA_FILE" -noout -hash).0"
    id=64990
    cp /etc/passwd /etc/group "$TRUST_ETC"
    for name in Debian-exim opensmtpd opensmtpq smmta smmsp; do
        echo "$name:x:$id:$id::/var/lib/opensmtpd/empty:/bin/false" >>"$TRUST_ETC/passwd"
        echo "$name:x:$id:" >>"$TRUST_ETC/group"
        id=$((id + 1))
    done
    sed 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf >"$TRUST_ETC/nsswitch.conf"
    # sendmail waits a minute for a machine without a domain.
    printf '127.0.0.1 localhost\n127.0.0.1 mail.example.test\n127.0.1.1 client.example.test %s\n' "$(hostname)" \
        >"$TRUST_ETC/hosts"
    chmod -R a+rX "$TRUST_ETC"
    umount /etc/nsswitch.conf
    mount -t overlay -o "lowerdir=$TRUST_ETC:/etc" tools /etc
}

chmod 755 "$folder"
# Some tools go by the port.
export MAIL_PORT=587 MAIL_SMTPS_PORT=465
export CERT_NAMES=DNS:localhost,DNS:mail.example.test,IP:127.0.0.1
servers_start
make_trust
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$LIB/format_tools.py" $quick \
    "$BUILD/integration/format_driver" "$folder/homes" "$SUBMISSION_PORT" "$SMTPS_PORT" \
    "$CA_FILE" "$MAILBOX" "$SERVERS/dovecot/users" "$@" || {
    status=$?
    [ -z "${SHOW_LOG-}" ] || servers_log | tail -40
    exit "$status"
}
