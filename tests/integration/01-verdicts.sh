#!/bin/sh
# SPDX-License-Identifier: ISC
# What the login test says of each fault that a server can show: verdict, phase and
# the command that mends it; and that no secret leaves where it must not.
set -eu
# shellcheck source=tests/integration/lib/faults.sh
. "$(dirname "$0")/lib/faults.sh"
: "${BUILD:?the folder of the build}"
trap faults_stop EXIT
faults_start
secret='hunter2-and-more'
# probe PORT MODE [HOST-AND-OPTIONS]: the result is left in $FAULTS/result.
probe() {
    port=$1 mode=$2
    shift 2
    host=localhost
    case ${1-} in
    host=*) host=${1#host=}; shift ;;
    esac
    printf '%s\n' "$secret" | "$BUILD/integration/probe_driver" "$BUILD/libexec/smtpvault-net" \
        "$host" "$port" "$mode" user@example.test "ca=$FAULTS/ca.pem" total=6000 "$@" \
        >"$FAULTS/result" 2>&1 || echo "status $?" >>"$FAULTS/result"
}

field() {
    sed -n "s/^$1 //p" "$FAULTS/result"
}

# expect NAME VERDICT PHASE [ADVICE-PART]
expect() {
    if [ "$(field verdict)" = "$2" ] && [ "$(field phase)" = "$3" ] &&
        { [ -z "${4-}" ] || field advice | grep -qF -e "$4"; }; then
        ok "$1: $2 at $3"
    else
        not_ok "$1: $2 at $3${4:+, advice with $4}" "$FAULTS/result"
    fi
}

# scenario NAME MODE VERDICT PHASE [ADVICE-PART] [OPTION]...
scenario() {
    name=$1 mode=$2 verdict=$3 phase=$4 advice=${5-}
    shift 4
    [ $# -eq 0 ] || shift
    probe "$(faults_port "$name")" "$mode" "$@"
    expect "$name" "$verdict" "$phase" "$advice"
}

# The secret, plain or in base64, never reached the server of that scenario.
never_sent() {
    plain=$(printf '\000user@example.test\000%s' "$secret" | base64 -w0)
    word=$(printf '%s' "$secret" | base64 -w0)
    if grep -qF -e "$secret" -e "$plain" -e "$word" "$FAULTS/$1.log" ||
        grep -qi '^AUTH' "$FAULTS/$1.log"; then
        not_ok "$1: no secret was sent" "$FAULTS/result"
    else
        ok "$1: no secret was sent"
    fi
}

# ---- it works ----
scenario ok-starttls starttls ok 'done'
for member in 'code 235' 'mechanism PLAIN' 'tls_version TLSv1.3' 'tls_days_left 20'; do
    if grep -qx "$member" "$FAULTS/result"; then ok "told: $member"; else not_ok "told: $member" "$FAULTS/result"; fi
done
if grep -q '^tls_issuer .*Throw-away authority' "$FAULTS/result"; then
    ok "told: the issuer"
else
    not_ok "told: the issuer" "$FAULTS/result"
fi
if grep -Eq '^ms_(resolve|connect|tls|greeting|auth|total) -1' "$FAULTS/result"; then
    not_ok "every phase has its time" "$FAULTS/result"
else
    ok "every phase has its time"
fi
if [ "$(grep -ci '^AUTH' "$FAULTS/ok-starttls.log")" -eq 1 ]; then
    ok "one attempt"
else
    not_ok "one attempt" "$FAULTS/result"
fi
scenario ok-implicit implicit ok 'done'
scenario ok-login-only starttls ok 'done'
scenario ok-cram-offered starttls ok 'done'
if grep -qx 'mechanism PLAIN' "$FAULTS/result"; then
    ok "PLAIN before CRAM-MD5 under TLS"
else
    not_ok "PLAIN before CRAM-MD5 under TLS" "$FAULTS/result"
fi

# ---- no way to the server ----
probe 587 starttls host=no-such-host.invalid
expect no-such-host name-not-found resolve '--host'
probe 587 starttls host=bücher.invalid
expect bücher name-not-found resolve '--host'
probe "$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')" starttls
expect refused refused connect '--port PORT'

scenario full starttls timeout connect '--tls implicit --port 465' connect=1000
scenario full implicit timeout connect '' connect=1000

# ---- the other TLS mode, or none ----
scenario silent starttls timeout greeting '' total=2400
scenario ok-implicit starttls wrong-tls-mode greeting 'smtpvault edit work --tls implicit' total=2400
never_sent silent
scenario ok-starttls implicit wrong-tls-mode tls 'smtpvault edit work --tls starttls'
scenario silent implicit timeout tls '' total=1500
scenario silent-implicit implicit timeout greeting '' total=1500
scenario no-starttls starttls starttls-missing starttls '--tls implicit --port 465'
never_sent no-starttls
scenario stripped starttls downgraded starttls '--tls implicit --port 465'
never_sent stripped
scenario starttls-busy starttls temporary starttls
never_sent starttls-busy
scenario starttls-dropped starttls protocol-error starttls
scenario old-tls starttls tls-too-old tls
scenario old-tls-implicit implicit tls-too-old tls

# ---- certificates ----
scenario expired starttls certificate-expired tls
never_sent expired
scenario expired-implicit implicit certificate-expired tls
scenario future starttls certificate-not-yet-valid tls
never_sent future
scenario selfsigned starttls certificate-untrusted tls '--ca-file'
if [ "$(field code)" = 0 ]; then ok "words of our own are not the server's"; else not_ok "words of our own are not the server's" "$FAULTS/result"; fi
never_sent selfsigned
scenario wronghost starttls certificate-name-mismatch tls '--host'
never_sent wronghost
probe "$(faults_port ok-starttls)" starttls ca=
expect 'unknown authority' certificate-untrusted tls '--ca-file'

probe "$(faults_port ok-starttls)" starttls "ca=$FAULTS/ports"
expect 'an authority that is none' certificate-untrusted tls '--ca-file'

# ---- no session ----
scenario busy starttls busy greeting
scenario unwelcome starttls greeting-rejected greeting
if field text | grep -qF '192.0.2.7'; then not_ok "addresses are scrubbed" "$FAULTS/result"; else ok "addresses are scrubbed"; fi
scenario closes starttls greeting-rejected greeting
scenario imap starttls not-smtp greeting
scenario ssh starttls not-smtp greeting
scenario garbage starttls not-smtp greeting
if LC_ALL=C grep -q '[^ -~]' "$FAULTS/result"; then not_ok "only printable text" "$FAULTS/result"; else ok "only printable text"; fi

# ---- the login ----
scenario no-auth starttls no-auth-offered auth
scenario scram-only starttls mechanism-unsupported auth
scenario oauth-only starttls mechanism-unsupported auth 'smtpvault login work'
scenario ok-starttls starttls mechanism-unsupported auth '' auth=AUTH=SCRAM-SHA-256
scenario ok-starttls starttls mechanism-unsupported auth '--auth auto' auth=AUTH=CRAM-MD5
scenario wrong-secret starttls wrong-secret auth '--password-from tty'
scenario wrong-kind starttls wrong-kind-of-secret auth 'apppasswords'
scenario disabled starttls disabled-by-policy auth 'Set-TransportConfig'
scenario locked starttls account-locked auth
scenario rate-limited starttls rate-limited auth
scenario temporary starttls temporary auth
scenario closing starttls busy auth
scenario drops-at-auth starttls protocol-error auth
scenario injected starttls downgraded tls
never_sent injected
scenario token-refused starttls wrong-secret auth '' bearer=1
if field text | grep -qF 'mail.example'; then ok "the server's reason is shown"; else not_ok "the server's reason is shown" "$FAULTS/result"; fi
scenario echo starttls wrong-secret auth
if grep -qF "$secret" "$FAULTS/result"; then not_ok "an echoed secret is withheld" "$FAULTS/result"; else ok "an echoed secret is withheld"; fi

all_ok
