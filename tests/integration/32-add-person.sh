#!/bin/sh
# SPDX-License-Identifier: ISC
# "Add your mail login and make sure that it works": a person who knows an address and an app
# password, and whose network blocks the port that the table prefers; and one of Amazon SES with
# an IAM secret. In a network of its own, where the providers' names lead to a server on
# loopback and its authority is the system's. As root.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
[ -n "${INSIDE-}" ] || INSIDE=1 exec unshare --net --mount "$0" "$@"
ses=email-smtp.eu-central-1.amazonaws.com
export CERT_NAMES="DNS:smtp.gmail.com,DNS:$ses,DNS:mail.firma.test"
# shellcheck source=tests/integration/lib/faults.sh
. "$LIB/faults.sh"
# shellcheck source=tests/integration/lib/dialog.sh
. "$LIB/dialog.sh"
leave() {
    faults_stop
    work_end
}
trap leave EXIT
faults_start
work_begin
unset SMTPVAULT_NO_INPUT # a person is asked

# ---- the network
ip link set lo up
ip addr add 192.0.2.1/32 dev lo
ip addr add 192.0.2.2/32 dev lo
ip addr add 192.0.2.3/32 dev lo
printf '127.0.0.1 localhost\n192.0.2.1 smtp.gmail.com\n192.0.2.2 %s\n192.0.2.3 mail.firma.test\n' "$ses" >hosts
echo 'hosts: files' >nsswitch.conf
chmod 644 hosts nsswitch.conf
for f in hosts nsswitch.conf; do mount --bind $f /etc/$f; done
mount --bind "$FAULTS/ca.pem" /etc/ssl/certs/ca-certificates.crt
nft -f - <<EOF
table ip t {
    chain o {
        type nat hook output priority -100;
        ip daddr 192.0.2.1 tcp dport 587 redirect to :$(faults_port ok-starttls)
        ip daddr 192.0.2.2 tcp dport 465 redirect to :$(faults_port ok-implicit)
        ip daddr 192.0.2.3 tcp dport 465 redirect to :$(faults_port ok-implicit)
    }
}
EOF
smtpvault --quiet init --no-passphrase
sent() { # sent SCENARIO USER PASSWORD: the login that the server was given
    grep -qF "$(printf '\0%s\0%s' "$2" "$3" | base64 -w 0)" "$FAULTS/$1.log" || {
        cat "$FAULTS/$1.log"
        return 1
    }
}

# ---- an address and an app password, and a port that does not answer
echo 'abcd efgh ijkl mnop' >app-password
check "an address, an app password, and Enter" dialog 0 add <<EOF
Your mail address (or a provider, or a server): | ann@gmail.com
Name for this login [gmail]: | ENTER
Make one at https://myaccount.google.com/apppasswords
Password for gmail (not shown): | <$WORK/app-password
stored gmail: ann@gmail.com at smtp.gmail.com:465 (implicit TLS)
Log in at smtp.gmail.com now, to see that it works? [Y/n] | ENTER
gmail: refused: smtp.gmail.com:465
Look which ports answer from here, without logging in? [Y/n] | ENTER
gmail: another-port
Take smtp.gmail.com:587 (STARTTLS) instead, and log in there? [Y/n] | ENTER
gmail: ok: ann@gmail.com logged in at smtp.gmail.com:587 (STARTTLS
EOF
check "the secret is on no screen" sh -c "! grep -q 'efgh' '$WORK/screen'"
check "the server got it once, without its blanks" sent ok-starttls ann@gmail.com abcdefghijklmnop
check "and only once" [ "$(grep -c AUTH "$FAULTS/ok-starttls.log")" = 1 ]
check "what worked is stored" [ "$(smtpvault get gmail port) $(smtpvault get gmail tls)" = "587 starttls" ]

# ---- whoever does not want to change the port has stored what the table says
check "no is no" dialog 1 add second <<EOF
Your mail address (or a provider, or a server): | bob@gmail.com
Password for second (not shown): | <$WORK/app-password
Log in at smtp.gmail.com now | ENTER
second: refused: smtp.gmail.com:465
Look which ports answer from here | ENTER
Take smtp.gmail.com:587 (STARTTLS) instead | n
EOF
check "the port stays" [ "$(smtpvault get second port)" = 465 ]

# ---- the same where a login is tested: a reader is told, and whoever may change it is asked
smtpvault --quiet member add rita --role reader --new-keyfile rita.key --no-passphrase
check "a reader is told what would do" dialog 1 --keyfile "$WORK/rita.key" test second <<EOF
Look which ports answer from here | ENTER
smtpvault edit second --tls starttls
EOF
check "and asked nothing" sh -c "! grep -q 'Take smtp' '$WORK/screen'"
smtpvault --quiet --keyfile "$WORK/rita.key" unlock --for 1h
check "one whose agent says no has the report all the same" dialog 1 test second <<EOF
Look which ports answer from here | ENTER
Take smtp.gmail.com:587 (STARTTLS) instead, and log in there? [Y/n] | ENTER
warning: second stays as it is:
second: refused: smtp.gmail.com:465
smtpvault edit second --tls starttls
EOF
smtpvault --quiet lock
check "no is no there" dialog 1 test second <<EOF
Look which ports answer from here | ENTER
second: another-port: Port 465 is closed; port 587 answers
Take smtp.gmail.com:587 (STARTTLS) instead, and log in there? [Y/n] | n
EOF
check "the port stays there" [ "$(smtpvault get second port)" = 465 ]
check "one that answers is taken" dialog 0 test second <<EOF
Look which ports answer from here | ENTER
Take smtp.gmail.com:587 (STARTTLS) instead, and log in there? [Y/n] | ENTER
changed second: its server is smtp.gmail.com:587 (STARTTLS)
second: refused: smtp.gmail.com:465
second: another-port
second: ok: bob@gmail.com logged in at smtp.gmail.com:587 (STARTTLS
EOF
check "and stored" [ "$(smtpvault get second port) $(smtpvault get second tls)" = "587 starttls" ]
check "as a version of its own" [ "$(smtpvault get second port --version 1)" = 465 ]

# ---- a port that begins in the other mode: there is nothing to look for
smtpvault --quiet add mode --host smtp.gmail.com --port 587 --tls implicit --username bob@gmail.com \
    --password-from "file:$WORK/app-password"
check "the other mode is offered at once" dialog 0 test mode <<EOF
mode: wrong-tls-mode: The server on port 587 does not begin with TLS
Take smtp.gmail.com:587 (STARTTLS) instead, and log in there? [Y/n] | ENTER
mode: ok: bob@gmail.com logged in at smtp.gmail.com:587 (STARTTLS
EOF
check "and no look" sh -c "! grep -q 'Look which' '$WORK/screen'"
check "in add as well" dialog 0 add mode2 --host smtp.gmail.com --port 587 --tls implicit \
    --username bob@gmail.com <<EOF
Password for mode2 | <$WORK/app-password
Log in at smtp.gmail.com now | ENTER
mode2: wrong-tls-mode: smtp.gmail.com:587
Take smtp.gmail.com:587 (STARTTLS) instead, and log in there? [Y/n] | ENTER
mode2: ok: bob@gmail.com logged in at smtp.gmail.com:587 (STARTTLS
EOF
check "which does not look" sh -c "! grep -q 'Look which' '$WORK/screen'"

# ---- Amazon SES: the server gets what is derived, never the IAM secret
echo wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY >iam
check "an access key of Amazon SES" dialog 0 add <<EOF
Your mail address (or a provider, or a server): | AKIAIOSFODNN7EXAMPLE
Region [us-east-1]: | eu-central-1
Name for this login [amazon-ses]: | ses
Password for ses (not shown): | <$WORK/iam
Log in at $ses now | ENTER
ses: ok: AKIAIOSFODNN7EXAMPLE logged in at $ses:465
EOF
check "the server got the derived password" sent ok-implicit AKIAIOSFODNN7EXAMPLE \
    "$(smtpvault get ses)"
derived() {
    python3 - "$(cat iam)" "$(smtpvault get ses)" <<'PY'
import base64, hashlib, hmac, sys
k = ("AWS4" + sys.argv[1]).encode()
for step in ("11111111", "eu-central-1", "ses", "aws4_request", "SendRawEmail"):
    k = hmac.new(k, step.encode(), hashlib.sha256).digest()
sys.exit(base64.b64encode(b"\x04" + k).decode() != sys.argv[2])
PY
}
check "which another program derives as well" derived

# ---- a server of one's own: its port was for reading mail, its authority is the owner's alone
umount /etc/ssl/certs/ca-certificates.crt
echo own-password >own
check "the port first, then the authority" dialog 0 add own --host mail.firma.test --port 993 \
    --tls implicit --username ann@firma.test <<EOF
Password for own (not shown): | <$WORK/own
Log in at mail.firma.test now | ENTER
own: refused: mail.firma.test:993
Look which ports answer from here | ENTER
own: certificate
smtpvault edit own --tls implicit --port 465
Take mail.firma.test:465 (implicit TLS) instead, and log in there? [Y/n] | ENTER
own: certificate-untrusted: mail.firma.test:465
File of its authority (PEM), Enter to leave it: | $FAULTS/ca.pem
own: ok: ann@firma.test logged in at mail.firma.test:465 (implicit TLS
EOF
check "both are stored" [ "$(smtpvault get own port) $(smtpvault get own ca-file)" = "465 $FAULTS/ca.pem" ]
all_ok
