#!/bin/sh
# SPDX-License-Identifier: ISC
# Servers that a domain names itself: SRV records and autoconfig documents, good and hostile.
# In namespaces of its own, with a name server and a web server of its own.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
if [ -z "${DISCOVER_INSIDE-}" ]; then
    map=--map-root-user # root needs none, and may not make one in a chroot
    [ "$(id -u)" -ne 0 ] || map=
    export DISCOVER_INSIDE=1
    # shellcheck disable=SC2086 # a word or none
    exec unshare --net --mount $map "$0"
fi
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
SERVER=
stop() {
    [ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || true
    work_end
}
trap stop EXIT
work_begin
unset SMTPVAULT_NO_INPUT # people are asked here, at a terminal

names=
for d in both known bomb big plain html downgrade; do
    names=${names}DNS:$d.test,DNS:autoconfig.$d.test,
done
CERT_NAMES=${names%,} certs_make "$WORK"
echo 'nameserver 127.0.0.1' >"$WORK/resolv.conf"
echo 'hosts: files dns' >"$WORK/nsswitch.conf"
mount --bind "$WORK/resolv.conf" /etc/resolv.conf
mount --bind "$WORK/nsswitch.conf" /etc/nsswitch.conf
: >"$WORK/ready"
python3 -W ignore "$LIB/discover_server.py" "$WORK" >"$WORK/ready" &
SERVER=$!
wait_for grep '^ready$' "$WORK/ready"

# discover STATUS ADDRESS OPTION...: leaves out and err.
discover() {
    want=$1 status=0
    shift
    "$SMTPVAULT" providers --ca-file "$WORK/ca.pem" --discover "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
    cat "$WORK/out" "$WORK/err"
    [ "$status" -eq "$want" ] || return 1
    ! grep -q "$(printf '\033')" "$WORK/out" "$WORK/err"
}
# lines LINE...: the table's lines, blanks pressed together.
lines() {
    printf '%s\n' "$@" >"$WORK/wanted"
    sed -e 1d -e 's/  */ /g' -e 's/ $//' "$WORK/out" | diff "$WORK/wanted" -
}
says() { grep -qF -- "$1" "$WORK/err"; }
same_fails() { # STATUS ADDRESS WORDS
    discover "$1" "$2" && says "$3" && [ ! -s "$WORK/out" ]
}

srv='named by the name service, whose answers are not signed'
check "a domain with both" discover 0 Ann@Both.test
check "the document's come first, none stands twice" lines \
    "smtp.both.test 465 implicit the address up to the @ named by Both.test over HTTPS" \
    "mail.both.test 465 implicit the address up to the @ named by Both.test over HTTPS" \
    "mail.both.test 587 starttls not said $srv"
check "what was found can be typed" says "--host smtp.both.test --port 465 --tls implicit"
check "the address went nowhere" sh -c "! grep -qi ann '$WORK/asked'"
check "a bare domain" discover 0 outside.test
check "priority first, and what lies outside is marked" lines \
    "first.hoster.example 2587 starttls not said $srv; it is not below outside.test" \
    "second.hoster.example 587 starttls not said $srv; it is not below outside.test" \
    "smtp.fastmail.com 465 implicit the whole address of Fastmail, which receives the mail (mx.messagingengine.com): --provider fastmail"
check "whoever receives the mail of a domain that names nothing" discover 0 ann@hosted.test
check "is a provider of the table" lines \
    "smtp.gmail.com 465 implicit the whole address of Gmail, which receives the mail (aspmx.l.google.com): --provider gmail"
check "which can be typed" says "--username USER --provider gmail"
check "the second place of a document" discover 0 a@known.test
check "its placeholder is the domain" grep -q '^smtp.known.test  *587  *starttls' "$WORK/out"

kept() {
    (umask 077 && mkdir -p "$XDG_CONFIG_HOME/smtpvault/providers.d")
    discover 0 a@both.test --json || return 1
    cp "$WORK/out" "$XDG_CONFIG_HOME/smtpvault/providers.d/both.json"
    discover 0 a@hosted.test --json || return 1
    cp "$WORK/out" "$XDG_CONFIG_HOME/smtpvault/providers.d/hosted.json"
    "$SMTPVAULT" providers x@hosted.test --json >"$WORK/out" || return 1
    jq -e '.providers[0] | .id == "hosted-test" and .secret == "app-password" and .aliases == []' "$WORK/out" ||
        return 1
    "$SMTPVAULT" providers x@both.test --json >"$WORK/out" || return 1
    jq -e '.providers[0] | .id == "both-test" and .name == "Doc Mail" and .username == "local-part" and
        .servers[0] == {host: "smtp.both.test", port: 465, tls: "implicit", region: null, stream: null,
            placeholder: false, unverified: false} and .servers[2].unverified' "$WORK/out"
}
check "what was found can be kept as a provider of one's own" kept
rm -rf "$XDG_CONFIG_HOME"

check "a domain that says it has none" same_fails 66 a@none.test "names no server"
check "a domain that is not there" same_fails 66 a@nobody.test "names no server"
check "a name service that is broken" same_fails 69 a@broken.test "nobody answered"
check "records that lie about their names" same_fails 65 a@lies.test "cannot be read"
check "an escape sequence as a host" same_fails 65 a@escape.test "cannot be read"
check "entities" same_fails 65 a@bomb.test "declares a document type"
check "ten megabytes" same_fails 66 a@big.test "names no server"
check "a page instead of a document" same_fails 66 a@html.test "names no server"
check "a redirect to plain HTTP is not followed" same_fails 66 a@downgrade.test "names no server"
check "a server without TLS is not taken" same_fails 66 a@plain.test "names no server"
check "a slip beside a large domain" same_fails 66 a@gmial.com "smtpvault providers gmail.com"
check "no address and no domain" same_fails 64 "a@exa mple" "a mail domain is letters"
check "a certificate of nobody's" sh -c "'$SMTPVAULT' providers --discover known.test; [ \$? -eq 66 ]"

# A person who types an address and Enter; the authority is the system's here.
mount --bind "$WORK/ca.pem" /etc/ssl/certs/ca-certificates.crt
cat >"$WORK/add.expect" <<'EOF'
set timeout 20
log_user 1
spawn $env(SMTPVAULT) --keyfile $env(WORK)/key add
proc see {words} { expect -ex $words {} timeout { exit 3 } eof { exit 4 } }
see "Your mail address"
send "ann@both.test\r"
see "Enter alone"
see "a server: "
send "\r"
see "Found: smtp.both.test port 465, implicit TLS"
see {[Y/n] }
send "\r"
see "Name for this login"
send "\r"
see "(not shown)"
send "not-a-Real-1\r"
see "stored both: ann at smtp.both.test:465"
expect {
    -ex {/n]} { send "n\r"; exp_continue }
    eof {}
}
EOF
talk() {
    "$SMTPVAULT" --keyfile "$WORK/key" init --no-passphrase || return 1
    export WORK
    expect "$WORK/add.expect" || return 1
    "$SMTPVAULT" --keyfile "$WORK/key" show both --json >"$WORK/out"
    jq -e '.host == "smtp.both.test" and .port == 465 and .username == "ann"' "$WORK/out"
}
sed -e 's/both[.]test/hosted.test/' -e '/^see "Found/,$d' "$WORK/add.expect" >"$WORK/hosted.expect"
cat >>"$WORK/hosted.expect" <<'EOF'
see "Found: Gmail receives its mail (aspmx.l.google.com)"
see {[Y/n] }
send "\r"
see "Name for this login"
send "g\r"
see "(not shown)"
send "abcd efgh ijkl mnop\r"
see "stored g: ann@hosted.test at smtp.gmail.com:465"
expect {
    -ex {/n]} { send "n\r"; exp_continue }
    eof {}
}
EOF
hosted() {
    expect "$WORK/hosted.expect" || return 1
    "$SMTPVAULT" --keyfile "$WORK/key" show g --json >"$WORK/out"
    jq -e '.provider == "gmail" and .kind == "app-password" and .username == "ann@hosted.test"' "$WORK/out"
}
check "add: an address, and Enter for what its domain says" talk
check "add: a domain whose mail a provider receives" hosted
all_ok
