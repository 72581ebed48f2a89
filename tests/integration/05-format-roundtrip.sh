#!/bin/sh
# SPDX-License-Identifier: ISC
# Every export format through the programs it is for: hostile secrets, user names and
# profile names come back exactly or are refused.
set -eu
: "${BUILD:?the folder of the build}"
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/lib/format_roundtrip.py" \
    "$BUILD/integration/format_driver" "$folder" "$@"
