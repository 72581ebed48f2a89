#!/bin/sh
# SPDX-License-Identifier: ISC
# Logins by OAuth2 at a real server: Postfix with Dovecot, which asks the provider whose
# token it is. A token that was refreshed logs in, by XOAUTH2 and by OAUTHBEARER; one that
# has ended, another's and none do not.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/servers.sh
. "$(dirname "$0")/lib/servers.sh"
: "${BUILD:?the folder of the build}"
trap servers_stop EXIT
SERVERS_OAUTH=yes
servers_start
WORK=$SERVERS
work_failed() {
    sed 's/^/  /' "$SERVERS/result" 2>/dev/null
    servers_log | tail -20
}

# fetch LIFE FILE: a token that is good for so long, by its refresh token.
fetch() {
    echo "$1" >"$OAUTH/life"
    printf 'refresh-me' | "$BUILD/integration/oauth_driver" "$BUILD/libexec/smtpvault-net" \
        refresh "$OAUTH_URL/token" "ca=$CA_FILE" >"$SERVERS/result" || return 1
    sed -n 's/^access //p' "$SERVERS/result" >"$2"
    [ -s "$2" ]
}

# verdict WANT TOKEN-FILE MECHANISM [USER]
verdict() {
    "$BUILD/integration/probe_driver" "$BUILD/libexec/smtpvault-net" localhost "$SUBMISSION_PORT" \
        starttls "${4-$MAIL_USER}" "ca=$CA_FILE" bearer=1 "auth=AUTH=$3" <"$2" \
        >"$SERVERS/result" 2>&1 || true
    grep -qx "verdict $1" "$SERVERS/result" || return 1
    [ "$1" != ok ] || grep -qx "mechanism $3" "$SERVERS/result"
}

echo refresh-me >"$OAUTH/refresh"
check "a token is refreshed" fetch 3600 "$SERVERS/fresh"
check "it logs in by XOAUTH2" verdict ok "$SERVERS/fresh" XOAUTH2
check "it logs in by OAUTHBEARER" verdict ok "$SERVERS/fresh" OAUTHBEARER
check "not as somebody else" verdict wrong-secret "$SERVERS/fresh" XOAUTH2 bob@example.test
check "a token is refreshed that ends at once" fetch 1 "$SERVERS/stale"
sleep 1.2
check "it does not log in by XOAUTH2" verdict wrong-secret "$SERVERS/stale" XOAUTH2
check "nor by OAUTHBEARER" verdict wrong-secret "$SERVERS/stale" OAUTHBEARER
echo nonsense >"$SERVERS/nonsense"
check "nonsense does not log in" verdict wrong-secret "$SERVERS/nonsense" XOAUTH2
all_ok
