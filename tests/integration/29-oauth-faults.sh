#!/bin/sh
# SPDX-License-Identifier: ISC
# Providers of OAuth2 that misbehave, each in its way: what is made of their answers, that only
# invalid_grant says that a refresh token is dead, that no message repeats a token, and how
# requests over HTTPS end at limits, redirects and certificates.
set -eu
LIB=$(cd "$(dirname "$0")/lib" && pwd)
# shellcheck source=tests/integration/lib/certs.sh
. "$LIB/certs.sh"
# shellcheck source=tests/integration/lib/oauth.sh
. "$LIB/oauth.sh"
# shellcheck source=tests/integration/lib/work.sh
. "$LIB/work.sh"
: "${BUILD:?the folder of the build}"
WORK=$(mktemp -d /tmp/smtpvault-oauth.XXXXXX)
trap 'oauth_stop; rm -rf "$WORK"' EXIT
certs_make "$WORK/ca"
CA=$WORK/ca
oauth_start "$WORK/provider" "$CA/good.pem" "$CA/good.key" "$CA/expired.pem" "$CA/expired.key" \
    "$CA/selfsigned.pem" "$CA/selfsigned.key" "$CA/wronghost.pem" "$CA/wronghost.key"
read -r GOOD EXPIRED SELFSIGNED WRONGHOST <<EOF
$OAUTH_URL
EOF
set +e # from here on each check looks at a status
TOKEN=refresh-token-0123456789

verdict() { # verdict NAME STATUS [FILE]: of the check that just ran
    if [ "$2" -eq 0 ]; then ok "$1"; else not_ok "$1" "${3-}"; fi
}

driver() {
    "$BUILD/integration/oauth_driver" "$BUILD/libexec/smtpvault-net" "$@"
}

# ---- token endpoints, side by side ----

cat >"$WORK/rows" <<'EOF'
good granted 0
rotated granted 0
untold granted 0
string-expiry granted 0
lower-case granted 0
null-refresh granted 0
longest-token granted 0
no-token answer-wrong 65
empty-token answer-wrong 65
number-token answer-wrong 65
blank-token answer-wrong 65
control-token answer-wrong 65
newline-token answer-wrong 65
long-token answer-wrong 65
mac-type answer-wrong 65
no-type answer-wrong 65
negative answer-wrong 65
zero answer-wrong 65
endless answer-wrong 65
huge answer-wrong 65
fraction answer-wrong 65
words-expiry answer-wrong 65
list-refresh answer-wrong 65
html answer-wrong 65
html-as-json answer-wrong 65
json-as-html answer-wrong 65
array answer-wrong 65
empty answer-wrong 65
deep answer-wrong 65
twice answer-wrong 65
binary answer-wrong 65
big answer-wrong 65
stream answer-wrong 65
bomb answer-wrong 65
error-as-success answer-wrong 65
number-error answer-wrong 65
html-error answer-wrong 65
unknown-error answer-wrong 65
pending answer-wrong 65
redirect answer-wrong 65
no-such answer-wrong 65
invalid-grant invalid 77
invalid-grant-401 invalid 77
echo invalid 77
invalid-grant-500 unreachable 69
too-many unreachable 69
busy unreachable 69
temporarily unreachable 69
lie-of-length unreachable 69
hang-up unreachable 69
no-http answer-wrong 65
invalid-client client-wrong 78
unauthorized-client client-wrong 78
invalid-scope client-wrong 78
invalid-request client-wrong 78
access-denied denied 77
interaction denied 77
EOF
# shellcheck disable=SC2016 # the inner shell expands it
cut -d' ' -f1 "$WORK/rows" | xargs -P 12 -I FAULT sh -c '
    printf %s "$1" | "$2/integration/oauth_driver" "$2/libexec/smtpvault-net" refresh \
        "$3/token/FAULT" secret=cl13nt-s3cret >"$4/said.FAULT" 2>&1 || true' \
    sh "$TOKEN" "$BUILD" "$OAUTH_PLAIN" "$WORK"
while read -r fault end status; do
    bad=0
    grep -qx "end $end" "$WORK/said.$fault" && grep -qx "status $status" "$WORK/said.$fault" || bad=1
    # A message there is, in one line, without a token, and with nothing that a terminal obeys.
    if [ "$status" -ne 0 ]; then
        grep -q '^message .*127\.0\.0\.1' "$WORK/said.$fault" || bad=1
        ! grep -qE "$TOKEN|cl13nt-s3cret|good-token" "$WORK/said.$fault" || bad=1
        ! LC_ALL=C grep -q '[^ -~]' "$WORK/said.$fault" || bad=1
    fi
    verdict "token endpoint: $fault is $end" "$bad" "$WORK/said.$fault"
done <"$WORK/rows"

says() { # says FAULT LINE
    grep -qx "$2" "$WORK/said.$1"
    verdict "$1: $2" $? "$WORK/said.$1"
}
says good 'refresh -'
says rotated 'refresh rotated-token'
says rotated 'scope mail.send offline'
says untold 'seconds \(29[89]\|300\)'
says string-expiry 'seconds \(179[89]\|1800\)'
says null-refresh 'refresh -'

# ---- another device: they wait while the rest goes on ----

for words in 'denied' 'expired' 'late:pending' 'down:down yes' 'slow:pending slow yes'; do
    state=${words%%:*}
    echo "${words#*:}" >"$WORK/provider/device.$state"
    driver device "$OAUTH_PLAIN/token" device="$OAUTH_PLAIN/device" scopes="$state" \
        "wait=$([ "$state" = late ] && echo 2000)" >"$WORK/device.$state" 2>&1 &
done

# ---- what is asked ----

printf 'a b&c=%%+/\303\244' | driver refresh "$OAUTH_PLAIN/token/good" id='cl ient&' secret='s=%' \
    >"$WORK/out"
grep -qxF 'POST /token/good client_id=cl%20ient%26&client_secret=s%3D%25&grant_type=refresh_token&refresh_token=a%20b%26c%3D%25%2B%2F%C3%A4' \
    "$WORK/provider/log"
verdict "the form is escaped" $? "$WORK/provider/log"
[ "$(grep -c '^POST /token/busy ' "$WORK/provider/log")" -eq 1 ]
verdict "nothing is asked twice" $?
! grep -q '^[A-Z]* /token/good .*refresh-token.*' "$WORK/provider/log" ||
    [ "$(grep -c "^POST /token/good .*refresh_token=$TOKEN" "$WORK/provider/log")" -eq 1 ]
verdict "a redirect is not followed with a refresh token" $? "$WORK/provider/log"

for url in "$EXPIRED" "$SELFSIGNED" "$WRONGHOST"; do
    printf '%s' "$TOKEN" | driver refresh "$url/token/untrusted" ca="$CA/ca.pem" >"$WORK/out"
    grep -qx 'end unreachable' "$WORK/out" && grep -q '^message .*certificate' "$WORK/out"
    verdict "a certificate that is not good is no end of a login" $? "$WORK/out"
done
[ "$(grep -c untrusted "$WORK/provider/log")" -eq 0 ]
verdict "and nothing was sent there" $? "$WORK/provider/log"

# ---- a browser comes back ----

# login NAME [OPTION]...: begins; the address is in $WORK/NAME
login() {
    name=$1
    shift
    # The program itself, not a shell around it, so that it can be ended.
    "$BUILD/integration/oauth_driver" "$BUILD/libexec/smtpvault-net" code "$GOOD/token" \
        auth="$GOOD/authorize" ca="$CA/ca.pem" scopes='mail.send offline' wait=8000 "$@" >"$WORK/$name" 2>&1 &
    LOGIN_PID=$!
    wait_for test -s "$WORK/$name" || true
    ADDRESS=$(head -1 "$WORK/$name")
    BACK=$(printf '%s' "$ADDRESS" | sed 's/.*redirect_uri=//; s/&.*//; s/%3A/:/g; s/%2F/\//g')
    STATE=$(printf '%s' "$ADDRESS" | sed 's/.*&state=//; s/&.*//')
}
browse() { # browse CURL-OPTION...: what a browser is told
    curl --silent --show-error --max-time 5 --cacert "$CA/ca.pem" "$@"
}
ended() { # ended NAME END
    wait "$LOGIN_PID" || true
    grep -qx "end $2" "$WORK/$1"
}

login agreed hint=alice@example.test
[ "$(printf '%s' "$ADDRESS" | grep -c '[&?]code_challenge_method=S256&login_hint=alice%40example.test$')" -eq 1 ]
verdict "PKCE and the address are in the request" $? "$WORK/agreed"
# What else comes by is sent away, and the login goes on.
[ "$(browse -o /dev/null -w '%{http_code}' "${BACK}favicon.ico")" = 404 ]
verdict "a picture of the page is not found" $?
[ "$(browse -o /dev/null -w '%{http_code}' "$BACK?code=stolen&state=guessed")" = 400 ]
verdict "another's state is refused" $?
[ "$(browse -o /dev/null -w '%{http_code}' -X POST "$BACK?code=stolen&state=$STATE")" != 200 ]
verdict "a POST is refused" $?
[ "$(browse -o /dev/null -w '%{http_code}' "$BACK?code=a&code=b&state=$STATE")" = 400 ]
verdict "two codes are refused" $?
/usr/bin/python3 - "$BACK" <<'EOF'
import socket, sys, time, urllib.parse
port = urllib.parse.urlsplit(sys.argv[1]).port
crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
crowd[0].sendall(b"GET /?" + b"x" * 20000 + b" HTTP/1.1\r\n")
crowd[29].sendall(b"\x16\x03\x01\x02\x00")
time.sleep(0.2)
EOF
browse -L -D "$WORK/headers" "$ADDRESS" >"$WORK/page"
ended agreed granted && grep -q '^refresh rt-' "$WORK/agreed"
verdict "the browser comes back, and tokens are there" $? "$WORK/agreed"
grep -q 'go back to smtpvault' "$WORK/page" && grep -qi 'content-security-policy' "$WORK/headers" &&
    ! grep -qE 'code=|rt-|at-' "$WORK/page"
verdict "the page says so, and no more" $? "$WORK/page"
browse -o /dev/null "$BACK" 2>/dev/null
[ $? -eq 7 ] # curl's: nobody listens
verdict "nothing listens any more" $?

login again
code=$(browse -o /dev/null -w '%{redirect_url}' "$ADDRESS")
kill "$LOGIN_PID"
wait "$LOGIN_PID" 2>/dev/null || true
sleep 0.2
browse -o /dev/null "$code" 2>/dev/null
[ $? -eq 7 ]
verdict "a login that was given up listens no longer" $?

echo denied >"$WORK/provider/authorize"
login refused
browse -L "$ADDRESS" >"$WORK/page"
ended refused denied && grep -q 'The user said no' "$WORK/refused" &&
    grep -q 'says why' "$WORK/page"
verdict "a person says no" $? "$WORK/refused"
rm "$WORK/provider/authorize"

driver code "$GOOD/token" auth="$GOOD/authorize" wait=300 >"$WORK/nobody" || true
grep -qx 'end expired' "$WORK/nobody" && grep -qx 'status 77' "$WORK/nobody"
verdict "nobody comes" $? "$WORK/nobody"

port=$(/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
login fixed port="$port"
driver code "$GOOD/token" auth="$GOOD/authorize" port="$port" >"$WORK/taken" || true
grep -q "^message port $port of this machine cannot be listened on: Address already in use" "$WORK/taken"
verdict "a port that is taken is named" $? "$WORK/taken"
kill "$LOGIN_PID"

# A browser on another machine: the address that it could not open is pasted.
mkfifo "$WORK/typed"
driver paste "$GOOD/token" auth="$GOOD/authorize" ca="$CA/ca.pem" <"$WORK/typed" >"$WORK/pasted" &
LOGIN_PID=$!
exec 7>"$WORK/typed"
wait_for test -s "$WORK/pasted"
browse -o /dev/null -w '%{redirect_url}\n' "$(head -1 "$WORK/pasted")" >&7
exec 7>&-
ended pasted granted
verdict "the address can be pasted" $? "$WORK/pasted"
echo 'http://127.0.0.1/?code=stolen&state=guessed' |
    driver paste "$GOOD/token" auth="$GOOD/authorize" >"$WORK/pasted" || true
grep -qx 'status 64' "$WORK/pasted" && grep -q 'state=" is that of another attempt' "$WORK/pasted"
verdict "but not one of another login" $? "$WORK/pasted"

# ---- another device, as they end ----

for state in denied expired late down slow; do
    case $state in
    denied | expired) want=$state interval=1 ;;
    late) want=expired interval=1 ;;
    down) want=granted interval=2 ;;  # twice as long, since nobody answered
    slow) want=granted interval=6 ;;  # five seconds more, as asked
    esac
    wait_for grep '^status' "$WORK/device.$state"
    grep -qx "end $want" "$WORK/device.$state" && grep -qx "interval $interval" "$WORK/device.$state" &&
        grep -qx 'WDJB-MJHT https://provider.example/device' "$WORK/device.$state"
    verdict "device: $state" $? "$WORK/device.$state"
done

# ---- requests without a secret ----

get() { # get NAME WANT URL [OPTION]...
    name=$1 want=$2
    shift 2
    driver get "$@" >"$WORK/got" 2>&1 || true
    grep -q "$want" "$WORK/got"
    verdict "$name" $? "$WORK/got"
}
ca=ca=$CA/ca.pem
get "three redirects" '^http 200' "$GOOD/get/hops-3" "$ca"
get "a fourth" '^message .*redirects on and on' "$GOOD/get/hops-4" "$ca"
get "a redirect to plain HTTP" '^message .*not asked' "$GOOD/get/to?$OAUTH_PLAIN/get/hops-0" "$ca"
get "a redirect to a file" '^message .*not asked' "$GOOD/get/to?file:///etc/passwd" "$ca"
get "a redirect with a user name" '^message .*not asked' \
    "$GOOD/get/to?https://me:pw@localhost/" "$ca"
get "to TLS from plain HTTP" '^message .*not asked' "$OAUTH_PLAIN/get/to?$GOOD/get/hops-0" "$ca"
get "as many bytes as may be" '^bytes 5000' "$GOOD/get/bytes-5000" "$ca" max=5000
get "one more" '^message .*more than 5000 bytes' "$GOOD/get/bytes-5001" "$ca" max=5000
get "the largest answer" '^bytes 262144' "$GOOD/get/bytes-262144" "$ca"
get "a stream without end" '^message .*more than 262144 bytes' "$OAUTH_PLAIN/get/stream"
get "headers without end" '^status \(65\|69\)' "$OAUTH_PLAIN/get/endless-header" total=4000
get "a server that is silent" '^message .*timed out' "$OAUTH_PLAIN/get/silent" total=700
get "a type that would lie on a terminal" '^type text/\\x1b\[31mred' "$OAUTH_PLAIN/get/escape-type"
get "an expired certificate" '^message .*expired' "$EXPIRED/get/hops-0" "$ca"
get "a self-signed one" '^message .*self-signed' "$SELFSIGNED/get/hops-0" "$ca"
get "another host's" '^message .*localhost' "$WRONGHOST/get/hops-0" "$ca"
get "an authority that is not known" '^message .*certificate' "$GOOD/get/hops-0"
get "plain HTTP elsewhere" '^status 64' http://192.0.2.1/
get "a user name" '^status 64' https://me:pw@localhost/
get "another scheme" '^status 64' file:///etc/passwd
get "port 0" '^status 64' https://localhost:0/
get "a CA file that is not there" '^status 66' "$GOOD/get/hops-0" ca=/nonexistent
get "a name that is not there" '^status 69' https://nothing.invalid/ total=3000
get "nobody there" '^status 69' https://localhost:1/
all_ok
