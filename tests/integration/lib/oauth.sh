#!/bin/sh
# SPDX-License-Identifier: ISC
# oauth.sh: a provider of OAuth2 of one's own (oauth_server.py), whose tokens the mail server
# of servers.sh takes: with SERVERS_OAUTH=yes, servers_start starts it too. To be sourced by
# servers.sh.
#
#   oauth_start FOLDER CERT KEY...   sets  OAUTH        its folder, as oauth_server.py says
#                                          OAUTH_PLAIN  http://127.0.0.1:PORT
#                                          OAUTH_URL    https://localhost:PORT, one a certificate,
#                                                       a blank between
#   oauth_stop
set -eu
OAUTH_PID=

oauth_start() {
    OAUTH=$1
    mkdir -p "$OAUTH"
    /usr/bin/python3 "$LIB/oauth_server.py" "$@" </dev/null >"$OAUTH/out" 2>&1 &
    OAUTH_PID=$!
    wait_for test -s "$OAUTH/ports" || {
        cat "$OAUTH/out" >&2
        return 1
    }
    read -r plain ports <"$OAUTH/ports"
    # For those who source this.
    # shellcheck disable=SC2034
    OAUTH_PLAIN=http://127.0.0.1:$plain
    OAUTH_URL=
    for port in $ports; do
        OAUTH_URL="$OAUTH_URL${OAUTH_URL:+ }https://localhost:$port"
    done
}

oauth_stop() {
    [ -z "$OAUTH_PID" ] || {
        kill "$OAUTH_PID" 2>/dev/null || true
        wait "$OAUTH_PID" 2>/dev/null || true
    }
    OAUTH_PID=''
}

# What Dovecot must know of it: it asks which user a token is good for (RFC 7662).
write_dovecot_oauth() {
    cat >"$SERVERS/dovecot/oauth2.conf" <<EOF
introspection_mode = post
introspection_url = $OAUTH_PLAIN/introspect
username_attribute = email
active_attribute = active
active_value = true
EOF
    cat >"$SERVERS/dovecot/oauth.conf" <<EOF
auth_mechanisms = plain login cram-md5 xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $SERVERS/dovecot/oauth2.conf
}
EOF
}
