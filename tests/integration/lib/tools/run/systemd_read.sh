#!/bin/sh
# SPDX-License-Identifier: ISC
# For tests/systemd/lab, with BUILD as the folder of the cases: what a service is given of
# each exported EnvironmentFile, "read FOLDER USER PASSWORD", the latter in hexadecimal.
set -eu
for file in "$BUILD"/systemd-env-*/exported; do
    # shellcheck disable=SC2016 # the service's own
    told=$(systemd-run --quiet --wait --pipe -p "EnvironmentFile=$file" /bin/sh -c '
        for value in "$SMTP_USERNAME" "$SMTP_PASSWORD"; do
            printf " "
            printf %s "$value" | od -An -v -tx1 | tr -d " \n"
        done') || told=
    echo "read $(basename "$(dirname "$file")")$told"
done
