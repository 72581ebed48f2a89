#!/bin/sh
# SPDX-License-Identifier: ISC
# mutt sends with an exported configuration: with the hook, and with the secret inline.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
trap vault_stop EXIT
vault_start
keep_ca_file

# send SUBJECT CONFIGURATION
send() {
    {
        cat "$2"
        echo "set copy=no use_from=yes realname='' hostname=localhost"
    } >"$WORK/muttrc"
    echo "$BODY" | mutt -n -F "$WORK/muttrc" -s "$1" -- bob@example.test
}

for profile in starttls implicit; do
    smtpvault --quiet export "$profile" --to mutt -o "$WORK/$profile.hook"
    check "export $profile holds no secret" hides_secret "$WORK/$profile.hook"
    check "mutt with the exported hook, $profile" send "hook $profile" "$WORK/$profile.hook"
    check "the message arrived, hook $profile" arrived "hook $profile"
    check "the record names mutt, $profile" asked_by mutt get "$profile"
    smtpvault --quiet export "$profile" --to mutt --inline -o "$WORK/$profile.inline"
    check "mutt with the secret inline, $profile" send "inline $profile" "$WORK/$profile.inline"
    check "the message arrived, inline $profile" arrived "inline $profile"
done
all_ok
