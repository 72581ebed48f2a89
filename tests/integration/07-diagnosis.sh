#!/bin/sh
# SPDX-License-Identifier: ISC
# Faults on real servers, and whether the login test names them: Postfix with Dovecot, Exim,
# a scripted server for what those cannot be brought to do. --table prints what was staged
# against what was told (make bench-diagnosis).
set -eu
# shellcheck source=tests/integration/lib/servers.sh
. "$(dirname "$0")/lib/servers.sh"
# shellcheck source=tests/integration/lib/exim.sh
. "$LIB/exim.sh"
# shellcheck source=tests/integration/lib/faults.sh
. "$LIB/faults.sh"
: "${BUILD:?the folder of the build}"

LOST_PID=
stop() {
    [ -z "$LOST_PID" ] || kill "$LOST_PID" 2>/dev/null || true
    exim_stop
    servers_stop
    faults_stop
    [ -z "${WORK-}" ] || rm -rf "$WORK"
}
trap stop EXIT
WORK=$(mktemp -d /tmp/smtpvault-diagnosis.XXXXXX)

# fault SERVER SCENARIO PORT MODE USER PASSWORD AUTHORITY VERDICT PHASE WHO [OPTION]...
fault() {
    (
        IFS='	'
        first=
        for word in "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9"; do
            first="$first$word$IFS"
        done
        shift 9
        who=$1
        shift
        IFS=' '
        printf '%s%s\t%s\n' "$first" "$who" "$*"
    ) >>"$WORK/staged"
}

# ---- Postfix and Dovecot ----
MAIL_SERVICES='no-auth smtpd_tls_security_level=encrypt smtpd_sasl_auth_enable=no
no-tls smtpd_tls_security_level=none
expired smtpd_tls_security_level=may smtpd_tls_cert_file=SERVERS/ca/expired.pem smtpd_tls_key_file=SERVERS/ca/expired.key
future smtpd_tls_security_level=may smtpd_tls_cert_file=SERVERS/ca/future.pem smtpd_tls_key_file=SERVERS/ca/future.key
selfsigned smtpd_tls_security_level=may smtpd_tls_cert_file=SERVERS/ca/selfsigned.pem smtpd_tls_key_file=SERVERS/ca/selfsigned.key
wronghost smtpd_tls_security_level=may smtpd_tls_cert_file=SERVERS/ca/wronghost.pem smtpd_tls_key_file=SERVERS/ca/wronghost.key
old-tls smtpd_tls_security_level=encrypt smtpd_tls_mandatory_protocols=TLSv1.1 smtpd_tls_mandatory_ciphers=medium tls_medium_cipherlist=ALL:@SECLEVEL=0
no-certificate smtpd_tls_security_level=may smtpd_tls_cert_file= smtpd_tls_key_file=
lost-dovecot smtpd_tls_security_level=encrypt smtpd_sasl_path=SERVERS/lost
no-dovecot smtpd_tls_security_level=encrypt smtpd_sasl_path=SERVERS/nobody
unwelcome smtpd_delay_reject=no smtpd_client_restrictions=reject
maintenance smtpd_delay_reject=no smtpd_client_restrictions=defer
helo smtpd_delay_reject=no smtpd_helo_restrictions=reject
cram-only smtpd_tls_security_level=may smtpd_sasl_mechanism_filter=cram-md5
no-more-logins smtpd_tls_security_level=may smtpd_client_auth_rate_limit=1
not-yours smtpd_tls_security_level=may smtpd_delay_reject=no smtpd_sender_login_maps=static:bob smtpd_sender_restrictions=reject_sender_login_mismatch
not-there smtpd_tls_security_level=may smtpd_recipient_restrictions=reject
too-large smtpd_tls_security_level=may message_size_limit=200'
servers_start
# A Dovecot that is lost in the middle of a login.
python3 - "$SERVERS/lost" <<'EOF' &
import os, socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o666)
    s.listen()
    while True:
        client, _ = s.accept()
        client.sendall(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\n"
                       b"COOKIE\t00\nDONE\n")
        while (said := client.recv(4096)) and b"AUTH\t" not in said:
            pass
        client.close()
EOF
LOST_PID=$!
password=$(cat "$MAIL_PASSWORD_FILE")
postfix() {
    name=$1 port=$2 mode=$3
    shift 3
    fault Postfix "$name" "$port" "$mode" "$MAIL_USER" "$password" "$CA_FILE" "$@"
}
service() {
    name=$1
    shift
    postfix "$name" "$(mail_port "$name")" starttls "$@"
}
postfix "a login" "$SUBMISSION_PORT" starttls ok 'done' nobody
postfix "a login, implicit TLS" "$SMTPS_PORT" implicit ok 'done' nobody
fault Postfix "a wrong password" "$SUBMISSION_PORT" starttls "$MAIL_USER" wrong "$CA_FILE" \
    wrong-secret auth you
fault Postfix "a wrong user" "$SMTPS_PORT" implicit bob@example.test "$password" "$CA_FILE" \
    wrong-secret auth you
postfix "TLS at once, where it comes later" "$SUBMISSION_PORT" implicit wrong-tls-mode tls you
postfix "TLS later, where it comes at once" "$SMTPS_PORT" starttls wrong-tls-mode greeting you total=2400
fault Postfix "an unknown authority" "$SUBMISSION_PORT" starttls "$MAIL_USER" "$password" '' \
    certificate-untrusted tls you
service no-auth no-auth-offered auth you
service no-tls starttls-missing starttls you
service expired certificate-expired tls provider
service future certificate-not-yet-valid tls you
service selfsigned certificate-untrusted tls you
service wronghost certificate-name-mismatch tls you says=mail.example.test,
service old-tls tls-too-old tls provider
service no-certificate temporary starttls nobody
service lost-dovecot temporary auth provider
service no-dovecot protocol-error greeting provider
service unwelcome greeting-rejected greeting you
service maintenance busy greeting nobody
service helo protocol-error greeting you
service cram-only mechanism-unsupported auth you
service not-yours sender-not-allowed sender you "from=$MAIL_USER"
service not-there disabled-by-policy send you send=inbox@example.test
service too-large disabled-by-policy send nobody send=inbox@example.test
postfix "a message" "$SUBMISSION_PORT" starttls ok 'done' nobody send=inbox@example.test
# The first is let in; the one after it is staged.
printf '%s\n' "$password" | "$BUILD/integration/probe_driver" "$BUILD/libexec/smtpvault-net" localhost \
    "$(mail_port no-more-logins)" starttls "$MAIL_USER" "ca=$CA_FILE" | grep -qx 'verdict ok'
service no-more-logins rate-limited auth nobody

# ---- Exim ----
exim_start
exim() {
    name=$1 mode=$2 secret=$3
    shift 3
    fault Exim "${title:-$name}" "$(exim_port "$name")" "$mode" "$EXIM_USER" "$secret" "$EXIM_CA" "$@"
}
title='a login' exim starttls starttls "$EXIM_PASSWORD" ok 'done' nobody
title='a login, implicit TLS' exim implicit implicit "$EXIM_PASSWORD" ok 'done' nobody
title='a wrong password' exim starttls starttls wrong wrong-secret auth you
title='it cannot look' exim starttls starttls later temporary auth nobody
title='TLS at once, where it comes later' exim starttls implicit x wrong-tls-mode tls you
title='TLS later, where it comes at once' exim implicit starttls x wrong-tls-mode greeting you total=2400
title='a mechanism that it lacks' exim starttls starttls x mechanism-unsupported auth you auth=AUTH=CRAM-MD5
exim no-tls starttls x starttls-missing starttls you
exim expired starttls x certificate-expired tls provider
exim old-tls starttls x tls-too-old tls provider
exim no-auth starttls x no-auth-offered auth you
exim unwelcome starttls x greeting-rejected greeting you
exim busy starttls x busy greeting nobody
exim sender starttls "$EXIM_PASSWORD" sender-not-allowed sender you from=a@example.test
exim relay starttls "$EXIM_PASSWORD" no-auth-offered send you send=a@example.net

# ---- scripted ----
faults_start
script() {
    name=$1 mode=$2
    shift 2
    fault script "$name" "$(faults_port "$name")" "$mode" user@example.test hunter2 "$FAULTS/ca.pem" "$@"
}
nowhere() {
    name=$1 port=$2
    shift 2
    fault network "$name" "$port" starttls user@example.test hunter2 "$FAULTS/ca.pem" "$@"
}
nowhere "no such name" 587 name-not-found resolve you host=no-such-host.invalid
nowhere "no name server" 587 name-not-found resolve you host=smtp.example.org in=nowhere says=network.
nowhere "no network" 587 unreachable connect you host=192.0.2.1 in=nowhere
nowhere "refused" "$(free_ports 1)" refused connect you
script full starttls timeout connect you connect=1000
script silent starttls timeout greeting you total=2400
script silent-implicit implicit timeout greeting you total=1500
script ok-login-only starttls ok 'done' nobody
script stripped starttls downgraded starttls you
script starttls-refused starttls starttls-missing starttls you
script starttls-dropped starttls protocol-error starttls nobody
script injected starttls downgraded tls you
script closes starttls greeting-rejected greeting you
script imap starttls not-smtp greeting you
script pop3 starttls not-smtp greeting you
script http starttls not-smtp greeting you
script ssh starttls not-smtp greeting you
script garbage starttls not-smtp greeting you
script unwelcome starttls greeting-rejected greeting you
script busy starttls busy greeting nobody
script ehlo-refused starttls protocol-error greeting you
script ehlo-busy starttls busy greeting nobody
script drops-at-ehlo starttls protocol-error greeting provider
script scram-only starttls mechanism-unsupported auth you auth=AUTH=PLAIN
script oauth-only starttls mechanism-unsupported auth you
script drops-at-auth starttls protocol-error auth nobody
script silent-at-auth starttls timeout auth nobody total=2400
script closing starttls busy auth nobody
script locked starttls account-locked auth admin
script disabled starttls disabled-by-policy auth admin
script wrong-kind starttls wrong-kind-of-secret auth you
script rate-limited starttls rate-limited auth nobody
script token-refused starttls wrong-secret auth you bearer=1
script token-bearer starttls wrong-secret auth you bearer=1
script escape starttls wrong-secret auth you
script early-235 starttls no-auth-offered auth you
script mixed starttls protocol-error auth you
script endless-line starttls protocol-error greeting you
script endless-lines starttls protocol-error greeting you
script expired-implicit implicit certificate-expired tls provider
script old-tls-implicit implicit tls-too-old tls provider
script wronghost starttls certificate-name-mismatch tls you host=127.0.0.1 says=address,
script recorded starttls ok 'done' nobody

python3 -W ignore "$LIB/diagnosis.py" "$BUILD/integration/probe_driver" "$BUILD/libexec/smtpvault-net" \
    "$WORK" "$@"
