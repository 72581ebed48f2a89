#!/bin/sh
# SPDX-License-Identifier: ISC
# What a server offered when logins worked is remembered; one that offers less gets no secret,
# until somebody has seen the difference and accepts it. One server, whose mood changes.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/faults.sh
. "$(dirname "$0")/lib/faults.sh"
leave() {
    smtpvault lock >/dev/null 2>&1 || true
    faults_stop
    work_end
}
trap leave EXIT
faults_start
certs_make "$FAULTS/second"
work_begin
cat "$FAULTS/ca.pem" "$FAULTS/second/ca.pem" >both.pem

# login MOOD STATUS VERDICT [OPTION...]: one test while the server is in that mood; out, err, log
# (what the server was sent) and audited (what the log has of it, notes only) are left behind.
login() {
    echo "$1" >"$FAULTS/mood"
    wanted=$2 verdict=$3
    shift 3
    : >"$FAULTS/moody.log"
    before=$(smtpvault audit --json | wc -l)
    status=0
    smtpvault test mail --ca-file both.pem --json "$@" >out 2>err || status=$?
    cp "$FAULTS/moody.log" log
    smtpvault audit --json | tail -n "+$((before + 1))" | grep '"op":"test"' |
        sed 's/.*"note":"\{0,1\}\([^"}]*\).*/\1/' >audited || true
    cat out err log audited
    [ "$status" -eq "$wanted" ] && grep -q "\"verdict\":\"$verdict\"" out
}

# stopped MOOD NOTE [OPTION...]: the secret was neither asked of the vault nor sent
stopped() {
    mood=$1 note=$2
    shift 2
    login "$mood" 1 downgraded "$@" || return 1
    ! grep -qi '^AUTH' log || return 1
    [ "$(cat audited)" = "downgraded: $note" ]
}

learns() {
    grep -q 'learn what the server offers' audited
}

smtpvault --quiet init --no-passphrase
printf 'only-for-this-server' >secret
smtpvault --quiet add mail --host localhost --port "$(faults_port moody)" --tls starttls \
    --auth plain --username ann --password-from file:secret

check "the first login works" login ok-cram-offered 0 ok
check "what the server offers is learnt" learns
check "and shown" sh -c "smtpvault show mail |
    grep -q 'Offered *CRAM-MD5 DIGEST-MD5 PLAIN LOGIN, STARTTLS, a certificate issued by O = smtpvault'"
check "the same again" login ok-cram-offered 0 ok
check "is no news" sh -c '! grep -q learn audited'
check "nothing but clear mechanisms" stopped ok-starttls "weaker mechanisms"
check "the difference is told" grep -q \
    'it still had the mechanisms CRAM-MD5 DIGEST-MD5 PLAIN LOGIN. Now it has the mechanisms PLAIN LOGIN' out
check "another authority" stopped other-authority "another authority"
check "the way on is told" grep -q 'smtpvault test mail --accept-change' out
check "no STARTTLS" stopped no-starttls "no STARTTLS"
check "is never accepted" stopped no-starttls "no STARTTLS" --accept-change
check "what it was works as ever" login ok-cram-offered 0 ok

smtpvault --quiet token add --name ci --profile mail >ci.token
check "a token is held to it" stopped other-authority "another authority" --token-from file:ci.token
accept_with_token() {
    login other-authority 77 '' --accept-change --token-from file:ci.token || true
    [ "$status" -eq 77 ] && grep -q 'cannot be accepted' err && ! grep -qi '^AUTH' log
}
check "and accepts nothing" accept_with_token

check "a change is accepted" login other-authority 0 ok --accept-change
check "when it was shown" grep -q 'accepted: On .* Now it has a certificate issued by' err
check "and is in the log" grep -q 'accept what the server offers' audited
check "from then on it is what is known" login other-authority 0 ok
check "and the server before is another one" stopped ok-cram-offered "another authority"

smtpvault --quiet unlock --for 5m
check "through the agent a test stops too" stopped ok-cram-offered "another authority"
check "is accepted" login ok-cram-offered 0 ok --accept-change
smtpvault lock
check "and stays" login ok-cram-offered 0 ok
check "nothing secret is in an answer" sh -c '! grep -q only-for-this-server out err audited'
all_ok
