#!/bin/bash
# SPDX-License-Identifier: ISC
# login --paste on a terminal: an address that is no answer to this login is told why and asked
# for again. The one that is comes from a provider: tests/integration/32-oauth.sh.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$here/terminal.sh"
t_vault
unset SMTPVAULT_NO_INPUT
t_secrets=(4-stolen)

# begins: a login waits for the address; its state is in $state, where it comes back to in $back.
begins() {
    t_open "'$program' login mail --paste --host smtp.example.org --port 465 --tls implicit \
        --username ann --client-id me --auth-url https://127.0.0.1:9/authorize \
        --token-url https://127.0.0.1:9/token --scopes mail 2>said"
    t_see_last "Address:"
    url=$(grep '^https://127.0.0.1:9/authorize' said) || die "no address is shown"
    state=${url##*&state=}
    state=${state%%&*}
    back=${url##*&redirect_uri=}
    back=$(printf '%b' "$(sed 's/&.*//; s/%/\\x/g' <<<"$back")")
    expect [ ${#state} = 43 ]
}
gives() { # gives ADDRESS
    t_type "$1"
    t_key Enter
}
# told TEXT: on the screen, whatever line it was broken into.
told() {
    ((checks++))
    for _ in $(seq 200); do
        t_screen >out
        tr -s '\n ' '  ' <out | grep -qF -- "$1" && return
        sleep 0.05
    done
    die "the screen never showed: $1"
}

# ---- three that are wrong, each for a reason of its own
begins
gives "$url"
told "it has no \"code=\": it is the address that was to be opened"
told "the right one begins with $back and has \"code=\" and \"state=\""
t_see_last "Address:"
gives "$back?code=4-stolen"
told "it has no \"state=\", so a part of it is missing"
t_see_last "Address:"
gives "$back?code=4-stolen&state=${state:0:40}"
t_see_last "ended with 64"
expect grep -q 'smtpvault: that is not the address .* its "state=" is cut short' said
no_secret_in said

# ---- a state that is not ours is not taken, yes or no, however often
begins
for _ in 1 2; do
    gives "$back?state=${state:0:42}_&error=access_denied"
    told "its \"state=\" is that of another attempt"
    t_see_last "Address:"
done
gives "$back?code=4-stolen&state=$state$state"
t_see_last "ended with 64"

# ---- what the provider says ends it at once
begins
gives "$back?error=access_denied&state=$state"
t_see_last "ended with 77"

# ---- the rest of a paste of several lines is no further try
begins
t_type "$back?code=4-stolen"$'\n&state=\n'"$state"$'\n'
told "it has no \"state=\""
t_see_last "Address:"
gives nothing
told "it has neither \"code=\" nor \"state=\""
t_see_last "Address:"
t_key C-d
t_see_last "ended with 65"
expect_status 66 get mail
finish
