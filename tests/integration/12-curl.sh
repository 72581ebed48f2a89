#!/bin/sh
# SPDX-License-Identifier: ISC
# curl sends with an exported configuration that is never a file.
# shellcheck disable=SC2317 # check calls functions by their name
set -eu
# shellcheck source=tests/integration/lib/vault.sh
. "$(dirname "$0")/lib/vault.sh"
trap vault_stop EXIT
vault_start
keep_ca_file

send() {
    letter "curl $1" >"$WORK/letter"
    smtpvault --quiet export "$1" --to curl --inline | curl --silent --show-error -K - \
        --mail-from "$MAIL_USER" --mail-rcpt bob@example.test --upload-file "$WORK/letter"
}

by_descriptor() {
    letter "curl descriptor" >"$WORK/letter"
    # shellcheck disable=SC2016 # the inner shell expands it
    smtpvault exec starttls -- sh -c 'printf "user = \"%s:%s\"\n" "$1" \
        "$(sed "s/[\\\\\"]/\\\\&/g" <&3)" | curl --silent --show-error -K - --ssl-reqd \
        --url "smtp://localhost:$2" --cacert "$3" --mail-from "$1" \
        --mail-rcpt bob@example.test --upload-file "$4"' - \
        "$MAIL_USER" "$SUBMISSION_PORT" "$CA_FILE" "$WORK/letter"
}

for profile in starttls implicit; do
    check "curl over $profile" send "$profile"
    check "the message arrived over $profile" arrived "curl $profile"
    check "the record says export, $profile" asked_by 12-curl.sh export "$profile"
done
check "curl with the secret from descriptor 3" by_descriptor
check "the message arrived, descriptor" arrived "curl descriptor"
all_ok
