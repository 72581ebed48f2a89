#!/bin/sh
# SPDX-License-Identifier: ISC
# exim.sh: a mail server of another make beside servers.sh's: Exim with GnuTLS, on loopback,
# from the Debian package unpacked below .build, since it cannot be installed beside
# Postfix. It runs in a mount namespace of its own, in which the user that it was compiled
# for is known; nothing of the machine is touched. To be sourced after servers.sh; needs
# root.
#
#   exim_start          starts it with a port of its own for each of EXIM_NAMES
#   exim_port NAME      that port
#   exim_stop           ends it and removes its folder
#   EXIM_USER, EXIM_PASSWORD, EXIM_CA
set -eu
EXIM=
EXIM_PID=
EXIM_USER=carol@example.test
EXIM_PASSWORD=correct-horse
EXIM_TOP=$(cd "$(dirname "$0")/../.." && pwd)
EXIM_NAMES="starttls implicit no-tls expired old-tls no-auth unwelcome busy sender relay"
# A user number that nobody has.
EXIM_UID=64993

exim_port() {
    sed -n "s/^$1 //p" "$EXIM/ports"
}

# at NAME: holds of a session on that port.
at() {
    # shellcheck disable=SC2016 # Exim's own variable
    printf '${if eq{$received_port}{%s}' "$(exim_port "$1")"
}

exim_write() {
    all=$(sed 's/.* /127.0.0.1./' "$EXIM/ports" | paste -sd ';' -)
    cat >"$EXIM/exim.conf" <<EOF
primary_hostname = localhost
keep_environment =
spool_directory = $EXIM/spool
log_file_path = $EXIM/log/%s
pid_file_path = $EXIM/pid
local_interfaces = <; $all
tls_on_connect_ports = $(exim_port implicit)
tls_advertise_hosts = $(at no-tls){}{*}}
tls_certificate = $EXIM/ca/$(at expired){expired}{good}}.pem
tls_privatekey = $EXIM/ca/$(at expired){expired}{good}}.key
tls_require_ciphers = $(at old-tls){NORMAL:-VERS-ALL:+VERS-TLS1.0}{NORMAL}}
auth_advertise_hosts = \${if eq{\$tls_in_cipher}{}{}{$(at no-auth){}{*}}}}
queue_only = true
acl_smtp_connect = connect
acl_smtp_mail = sender
acl_smtp_rcpt = recipient
begin acl
connect:
  deny condition = $(at unwelcome)}
       message = Your address is on a blocklist
  defer condition = $(at busy)}
       message = Too many connections here, come back later
  accept
sender:
  deny condition = $(at sender)}
       message = Sender address is not allowed
  accept
recipient:
  deny condition = $(at relay)}
       message = relay not permitted
  accept authenticated = *
  deny message = relay not permitted
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_set_id = \$auth2
  server_condition = \${if eq{\$auth3}{later}{\${lookup{x}lsearch{$EXIM/no-such-file}}}\\
    {\${if and{{eq{\$auth2}{$EXIM_USER}}{eq{\$auth3}{$EXIM_PASSWORD}}}}}}
EOF
}

exim_start() {
    EXIM=$(mktemp -d /tmp/smtpvault-exim.XXXXXX)
    chmod 755 "$EXIM"
    # shellcheck disable=SC2086,SC2046 # words on purpose
    set -- $(free_ports "$(echo $EXIM_NAMES | wc -w)")
    for name in $EXIM_NAMES; do
        echo "$name $1"
        shift
    done >"$EXIM/ports"
    certs_make "$EXIM/ca"
    export EXIM_CA="$EXIM/ca/ca.pem"
    exim_write
    mkdir "$EXIM/spool" "$EXIM/log"
    chown -R "$EXIM_UID:$EXIM_UID" "$EXIM/spool" "$EXIM/log" "$EXIM/ca"
    { cat /etc/passwd && echo "Debian-exim:x:$EXIM_UID:$EXIM_UID::/nonexistent:/bin/false"; } >"$EXIM/passwd"
    { cat /etc/group && echo "Debian-exim:x:$EXIM_UID:"; } >"$EXIM/group"
    # shellcheck disable=SC2016 # for that shell
    unshare --mount sh -c 'mount --bind "$1/passwd" /etc/passwd &&
        mount --bind "$1/group" /etc/group && exec "$2" -C "$1/exim.conf" -bdf' \
        sh "$EXIM" "$EXIM_TOP/.build/beside/exim4-daemon-light/usr/sbin/exim4" </dev/null >"$EXIM/out" 2>&1 &
    EXIM_PID=$!
    # shellcheck disable=SC2046 # one word a port
    if ! sockets_answer $(sed 's/.* //' "$EXIM/ports"); then
        echo "exim.sh: Exim did not start" >&2
        cat "$EXIM/out" "$EXIM/log"/* >&2
        return 1
    fi
}

exim_stop() {
    if [ -n "$EXIM_PID" ]; then
        kill "$EXIM_PID" 2>/dev/null || true
        wait "$EXIM_PID" 2>/dev/null || true
    fi
    [ -z "$EXIM" ] || rm -rf "$EXIM"
    EXIM='' EXIM_PID=''
}
