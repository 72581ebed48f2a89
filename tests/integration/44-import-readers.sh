#!/bin/sh
# SPDX-License-Identifier: ISC
# What import reads in .env files and in code is what the programs themselves see there, of
# random values full of quotes, escapes and signs; or it says that it is not taken.
set -eu
: "${BUILD:?the folder of the build}"
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/lib/import_readers.py" \
    "$BUILD/integration/import_driver" "$folder" "$@"
